import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { parseTtl } from "../arguments/parse-values.ts";
import { splitList } from "../arguments/split-list.ts";
import {
  chooseFormat,
  describeHostFiles,
  type FormatName,
  formatOf,
  type Issued,
} from "../credentials/formats.ts";
import { alreadyThere, placeFiles } from "../credentials/place-files.ts";
import { signHost } from "../credentials/sign-host.ts";
import { signUser } from "../credentials/sign-user.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { confirm } from "../terminal/terminal.ts";
import type { Tool } from "./tool.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly user?: string;
  readonly host?: string;
  readonly out: string;
  readonly format: string;
  readonly ttl: string;
  readonly compat?: string;
  readonly overwrite?: boolean;
}

export const authSign = verb<Options>({
  path: ["auth", "sign"],
  summary: "issue credentials and write them to files",
  details:
    "The private key is made on this machine and never leaves it. Formats: file (one file for --identity), tls " +
    "(OUT.crt, OUT.key, OUT.cas for programs that use the API), openssh (OUT and OUT-cert.pub).",
  examples: [
    {
      line: "tctl auth sign --format=tls --user=access-plugin --out=auth",
      does: "auth.crt, auth.key and auth.cas for an access plugin, for 12 hours",
    },
    { line: "tctl auth sign --user=ci --out=ci.pem --ttl=8h", does: "an identity file" },
    {
      line: "tctl auth sign --user=alice --format=openssh --out=alice",
      does: "a key and certificate for ssh -i",
    },
    {
      line: "tctl auth sign --host=db1.example.com --format=openssh --out=ssh_host_key",
      does: "a host key and certificate for sshd",
    },
  ],
  takes: (command) =>
    command
      .option("--user <name>", "for this user")
      .option("--host <names>", "for a host with these names, separated by commas; with --format=openssh")
      .requiredOption("-o, --out <path>", "where the files go, without their endings")
      .option("--format <format>", "file, tls or openssh", "file")
      .option("--ttl <duration>", "how long the certificates are valid, such as 30m, 12h or 14d", "12h")
      .option("--compat <version>", "standard, or oldssh for servers of OpenSSH before 7")
      .option("--overwrite", "replace files that are there"),
  run: async (tool, options) => {
    const format = chooseFormat(options.format);
    const host = checkWho(options, format);
    const ttlMs = parseTtl(options.ttl);
    const compat = checkCompat(options.compat);
    const out = resolve(tool.workingDir, options.out);
    const overwrite = await mayOverwrite(tool, options, format);
    const client = await tool.connect();
    const issued: Issued =
      host === undefined
        ? await signUser(client, { user: options.user ?? "", format, ttlMs, compat, now: tool.now })
        : await signHost(client, host);
    await placeFiles(formatOf(format).files(out, issued), { overwrite });
    const says = host === undefined ? formatOf(format).says : describeHostFiles;
    tool.terminal.print(`${says(options.out)}\n`);
  },
});

/** The names of the host, or undefined for a user. */
function checkWho(options: Options, format: FormatName): readonly string[] | undefined {
  const { user = "", host = "" } = options;
  if ((user === "") === (host === "")) throw new UsageError("name either --user or --host");
  if (host === "") return undefined;
  if (format !== "openssh") throw new UsageError("--host goes with --format=openssh");
  const names = splitList(host);
  if (names.length === 0) throw new UsageError("--host has no name");
  return names;
}

function checkCompat(compat: string | undefined): "standard" | "oldssh" | undefined {
  if (compat === undefined || compat === "") return undefined;
  if (compat === "standard" || compat === "oldssh") return compat;
  throw new UsageError(`--compat ${JSON.stringify(compat)} is neither standard nor oldssh`);
}

/** Asked before a certificate is issued, so that a refusal leaves no certificate that nobody has. */
async function mayOverwrite(tool: Tool, options: Options, format: FormatName): Promise<boolean> {
  if (options.overwrite === true) return true;
  const paths = formatOf(format).paths(options.out);
  const there = await Promise.all(paths.map((path) => exists(resolve(tool.workingDir, path))));
  const taken = paths.filter((_path, index) => there[index]);
  if (taken.length === 0) return false;
  if (tool.terminal.isInteractive && (await confirm(tool.terminal, `${taken.join(", ")}: overwrite?`)))
    return true;
  throw alreadyThere(taken);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever the reason, the attempt to write there gives the better message.
    return false;
  }
}
