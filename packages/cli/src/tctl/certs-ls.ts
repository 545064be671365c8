import { type Format, formatOption, printAnswer } from "../arguments/format-option.ts";
import { parseTtl } from "../arguments/parse-values.ts";
import { type CertificateFilter, firstCertificates } from "../certificates/list-certificates.ts";
import { certificateTable, certificateValue } from "../certificates/show-certificate.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly format: Format;
  readonly user?: string;
  readonly serial?: string;
  readonly fingerprint?: string;
  readonly principal?: string;
  readonly kind?: string;
  readonly request?: string;
  readonly expiresWithin?: string;
  readonly revoked?: boolean;
  readonly good?: boolean;
  readonly limit: string;
}

export const certsLs = verb<Options>({
  path: ["certs", "ls"],
  aliases: ["list"],
  summary: "list certificates that were issued",
  details:
    "Every certificate of every kind is in the inventory, the latest first; the SSH and the X.509 certificate of one " +
    "call are one entry. Conditions may be combined.",
  examples: [
    { line: "tctl certs ls --user=alice --good", does: "what alice can use now" },
    {
      line: "tctl certs ls --expires-within=7d --limit=1000",
      does: "what ends this week, the first to end first",
    },
    {
      line: "tctl certs ls --fingerprint=SHA256:…",
      does: "what was issued for a key, as ssh-keygen -l prints it",
    },
    { line: "tctl certs ls --revoked --format=json", does: "what is revoked, for a program" },
  ],
  takes: (command) =>
    command
      .addOption(formatOption())
      .option("--user <name>", "that name this user, or that the user asked for")
      .option("--serial <number>", "of SSH in decimal, or of X.509 in hexadecimal")
      .option(
        "--fingerprint <key>",
        "for this key: SHA256: and base64, or the SHA-256 of its SPKI in hexadecimal",
      )
      .option("--principal <name>", "good for this login or host name")
      .option("--kind <kind>", "user, host, system, database …")
      .option("--request <id>", "that rest on this access request")
      .option("--expires-within <duration>", "good now and over by then, such as 24h or 7d")
      .option("--revoked", "only revoked ones")
      .option("--good", "only those that are good now")
      .option("--limit <count>", "at most so many", "100"),
  run: async (tool, options) => {
    const limit = parseLimit(options.limit);
    const filter = toFilter(options, tool.now());
    const { entries, hasMore } = await firstCertificates(await tool.connect(), filter, limit);
    const now = tool.now();
    const values = entries.map((entry) => certificateValue(entry, now));
    printAnswer(tool.terminal, options.format, { values, table: () => certificateTable(entries, now) });
    if (hasMore) tool.terminal.note(`tctl: there are more than ${limit}; show them with --limit`);
  },
});

function toFilter(options: Options, now: number): CertificateFilter {
  const { user, serial, fingerprint, principal, kind, expiresWithin } = options;
  if (options.revoked === true && options.good === true) {
    throw new UsageError("name either --revoked or --good: what is revoked is not good");
  }
  return {
    ...{ user, serial, fingerprint, principal, kind },
    accessRequest: options.request,
    expiresBeforeAt:
      expiresWithin === undefined ? undefined : now + parseTtl(expiresWithin, "--expires-within"),
    revokedOnly: options.revoked,
    goodOnly: options.good,
  };
}

function parseLimit(text: string): number {
  const limit = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (limit > 0) return limit;
  throw new UsageError(`--limit ${JSON.stringify(text)} is not a number from 1 on`);
}
