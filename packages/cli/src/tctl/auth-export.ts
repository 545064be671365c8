import { resolve } from "node:path";
import { AppError } from "@sallyport/api";
import { exportBlobs, exportTypes } from "../credentials/export-authorities.ts";
import { placeFiles } from "../credentials/place-files.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { printBinary } from "../terminal/print-binary.ts";
import type { Tool } from "./tool.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly type?: string;
  readonly keys?: boolean;
  readonly fingerprint?: string;
  readonly compat?: string;
  readonly out?: string;
  readonly integration?: string;
}

export const authExport = verb<Options>({
  path: ["auth", "export"],
  summary: "print what others need to trust this cluster",
  details:
    "Without --type: the host authorities for known_hosts, then the user authorities for authorized_keys. For the " +
    "TrustedUserCAKeys of sshd, cut off the leading cert-authority.",
  examples: [
    { line: "tctl auth export --type=host >> ~/.ssh/known_hosts", does: "trust the hosts of the cluster" },
    { line: "tctl auth export --type=tls-host > ca.pem", does: "the authority of the API, as PEM" },
    { line: "tctl auth export --type=tls-user-der --out=user-ca", does: "DER, into user-ca0.cer" },
  ],
  takes: (command) =>
    command
      .option("--type <type>", exportTypes.join(", "))
      .option("--integration <name>", "not served yet: whose authority is exported with --type=github")
      .option("--keys", "the private keys instead, for those who may read them")
      .option("--fingerprint <fingerprint>", "SSH types: only this key")
      .option("--compat <version>", "1.0: user authorities in the form of known_hosts too")
      .option("--out <prefix>", "into PREFIX0.cer, PREFIX1.cer, …"),
  run: async (tool, options) => {
    const { type } = options;
    if (type === "github" || options.integration !== undefined) {
      throw new AppError("NOT_IMPLEMENTED", "authorities of integrations are not served yet");
    }
    if (type !== undefined && !exportTypes.includes(type)) {
      throw new UsageError(`--type ${JSON.stringify(type)} is none of ${exportTypes.join(", ")}`);
    }
    if (options.keys === true) tool.terminal.note(keysWarning);
    const blobs = await exportBlobs(await tool.connect(), { ...options, keys: options.keys === true });
    if (blobs.length === 0) throw new AppError("NOT_FOUND", "the cluster has no such authority or key");
    if (options.out !== undefined) return writeBlobs(tool, options.out, blobs, options.keys === true);
    const [blob, ...more] = blobs;
    if (blob === undefined || more.length > 0) {
      throw new AppError(
        "BAD_PARAMETER",
        `there are ${blobs.length} of them; name files for them with --out=PREFIX`,
      );
    }
    if (typeof blob === "string") return tool.terminal.print(`${blob}\n`);
    printBinary(tool.terminal, blob, "send it into a file, or name one with --out=PREFIX");
  },
});

const keysWarning =
  "tctl: private keys of an authority follow; whoever has them can be any user or host of the cluster. Keep them secret.";

async function writeBlobs(tool: Tool, prefix: string, blobs: readonly (string | Buffer)[], secret: boolean) {
  const files = blobs.map((content, index) => ({
    path: resolve(tool.workingDir, `${prefix}${index}.cer`),
    content,
  }));
  await placeFiles(files, { overwrite: true, mode: secret ? 0o600 : 0o644 });
  for (const { path } of files) tool.terminal.note(`written: ${path}`);
}
