import { resolve } from "node:path";
import { isAppError } from "@sallyport/api";
import { Option } from "commander";
import type { Client } from "../connection/client.ts";
import { served } from "../connection/served.ts";
import { placeFiles } from "../credentials/place-files.ts";
import { authorityTypes } from "../kinds/cert-authority.ts";
import { printBinary } from "../terminal/print-binary.ts";
import { verb } from "./verb.ts";

export const authCrl = verb<{ readonly type: string; readonly out?: string }>({
  path: ["auth", "crl"],
  summary: "print the certificate revocation list of an authority",
  details:
    "The list is DER, as RFC 5280 has it. Whoever checks certificates by it has to fetch it again and again.",
  examples: [
    { line: "tctl auth crl --type=user | openssl crl -inform DER -noout -text", does: "what it says" },
    { line: "tctl auth crl --type=db_client --out=db.crl", does: "into a file, replaced as a whole" },
  ],
  takes: (command) =>
    command
      .addOption(new Option("--type <type>", "the authority").choices(authorityTypes).makeOptionMandatory())
      .option("--out <file>", "into this file, which is replaced"),
  run: async (tool, { type, out }) => {
    const list = await fetchList(await tool.connect(), type);
    if (out === undefined) {
      return printBinary(
        tool.terminal,
        list,
        "send it into a file or to a program, or name a file with --out",
      );
    }
    const path = resolve(tool.workingDir, out);
    await placeFiles([{ path, content: list }], { overwrite: true, mode: 0o644 });
    tool.terminal.note(`written: ${path}`);
  },
});

/** Of the inventory, which numbers its lists; a service without one has the call of the older contract. */
async function fetchList(client: Client, type: string): Promise<Uint8Array> {
  try {
    return (await client.certificateInventory.getCrl({ caType: type })).crl;
  } catch (error) {
    if (!isAppError(error, "NOT_IMPLEMENTED")) throw error;
    const answer = client.auth.generateCertAuthorityCRL({ Type: type });
    return (await served("certificate revocation lists", answer)).CRL;
  }
}
