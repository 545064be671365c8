import { timestampOf } from "@sallyport/api";
import { parseInstant } from "../arguments/parse-values.ts";
import { readSerial } from "../certificates/read-serial.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly serial: string;
  readonly type: string;
  readonly reason: string;
  readonly revokedAt?: string;
  readonly expiresAt?: string;
}

export const workloadIdentityRevocationsAdd = verb<Options>({
  path: ["workload-identity", "revocations", "add"],
  summary: "revoke the X.509 certificate of a workload",
  details:
    "It stands in the revocation list of the SPIFFE authority at once. One that this cluster issued stays revoked for " +
    "good; any other is named in the list for as long as its revocation is there.",
  examples: [
    {
      line: "tctl workload-identity revocations add --serial=aa:bb:cc:01 --reason='node stolen'",
      does: "by the serial number, with or without colons",
    },
  ],
  takes: (command) =>
    command
      .requiredOption("--serial <number>", "the serial number, in hexadecimal")
      .option("--type <type>", "what is revoked; there is x509", "x509")
      .option("--reason <text>", "why; goes into the audit log", "")
      .option("--revoked-at <time>", "since when, such as 2026-01-31T12:00:00Z; now where it is left out")
      .option("--expires-at <time>", "when the certificate ends, after which nobody need be told"),
  run: async (tool, options) => {
    if (options.type !== "x509") throw new UsageError(`--type ${JSON.stringify(options.type)} is not x509`);
    const name = readSerial(options.serial);
    const at = (text: string | undefined, option: string) =>
      text === undefined ? undefined : timestampOf(parseInstant(text, option));
    const [revokedAt, expires] = [
      at(options.revokedAt, "--revoked-at"),
      at(options.expiresAt, "--expires-at"),
    ];
    const client = await tool.connect();
    await client.workloadIdentityRevocations.createWorkloadIdentityX509Revocation({
      workloadIdentityX509Revocation: {
        kind: "workload_identity_x509_revocation",
        version: "v1",
        metadata: { name, ...(expires && { expires }) },
        spec: { reason: options.reason, ...(revokedAt && { revokedAt }) },
      },
    });
    tool.terminal.print(`the certificate with the serial number ${name} has been revoked\n`);
  },
});
