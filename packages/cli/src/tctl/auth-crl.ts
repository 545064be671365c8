import { resolve } from "node:path";
import { isAppError } from "@sallyport/api";
import { encodePem } from "@sallyport/x509";
import { Option } from "commander";
import type { Client } from "../connection/client.ts";
import { served } from "../connection/served.ts";
import { placeFiles } from "../credentials/place-files.ts";
import { authorityTypes } from "../kinds/cert-authority.ts";
import { printBinary } from "../terminal/print-binary.ts";
import type { Tool } from "./tool.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly type: string;
  readonly format: "der" | "pem";
  readonly out?: string;
}

export const authCrl = verb<Options>({
  path: ["auth", "crl"],
  summary: "print the certificate revocation lists of an authority",
  details:
    "A list (RFC 5280) speaks for one key, and during a rotation an authority has two. As PEM all of them are given, which " +
    "openssl, nginx and PostgreSQL take from one file; DER has room for that of the active key alone. Whoever checks " +
    "certificates by it has to fetch it again and again.",
  examples: [
    { line: "tctl auth crl --type=user | openssl crl -inform DER -noout -text", does: "what it says" },
    {
      line: "tctl auth crl --type=db_client --format=pem --out=clients.crl",
      does: "into a file, replaced as a whole",
    },
  ],
  takes: (command) =>
    command
      .addOption(new Option("--type <type>", "the authority").choices(authorityTypes).makeOptionMandatory())
      .addOption(new Option("--format <format>", "der or pem").choices(["der", "pem"]).default("der"))
      .option("--out <file>", "into this file, which is replaced"),
  run: async (tool, { type, format, out }) => {
    const [active, others] = await fetchLists(await tool.connect(), type);
    if (format === "der" && others.length > 0) tool.terminal.note(oneOfSeveral);
    const pem = [active, ...others].map((list) => encodePem("X509 CRL", list)).join("");
    if (out !== undefined) return writeLists(tool, out, format === "pem" ? pem : active);
    if (format === "pem") return tool.terminal.print(pem);
    printBinary(
      tool.terminal,
      active,
      "send it into a file or to a program, take --format=pem, or name a file with --out",
    );
  },
});

const oneOfSeveral =
  "tctl: a rotation is under way, and this is the list of the active key alone; --format=pem gives that of each trusted key";

async function writeLists(tool: Tool, out: string, content: string | Uint8Array): Promise<void> {
  const path = resolve(tool.workingDir, out);
  await placeFiles([{ path, content }], { overwrite: true, mode: 0o644 });
  tool.terminal.note(`written: ${path}`);
}

/** Of the inventory, which numbers its lists; a service without one has the call of the older contract, for one key. */
async function fetchLists(
  client: Client,
  type: string,
): Promise<readonly [active: Uint8Array, others: readonly Uint8Array[]]> {
  try {
    const { crl, otherCrls } = await client.certificateInventory.getCrl({ caType: type });
    return [crl, otherCrls];
  } catch (error) {
    if (!isAppError(error, "NOT_IMPLEMENTED")) throw error;
    const answer = client.auth.generateCertAuthorityCRL({ Type: type });
    return [(await served("certificate revocation lists", answer)).CRL, []];
  }
}
