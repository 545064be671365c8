import { AppError, instantOf } from "@sallyport/api";
import { isEntryId, isToken } from "../certificates/certificate-entry.ts";
import { certificateTable } from "../certificates/show-certificate.ts";
import type { Client } from "../connection/client.ts";
import { served } from "../connection/served.ts";
import { describeMissing, userNamed } from "../kinds/suggest-names.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { plainText } from "../terminal/plain-text.ts";
import { formatTable } from "../terminal/table.ts";
import { confirm } from "../terminal/terminal.ts";
import type { Tool } from "./tool.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly user?: string;
  readonly key?: string;
  readonly request?: string;
  readonly reason: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Exactly one, so that no slip of a script revokes more than it names. */
interface Selector {
  readonly case: "id" | "serial" | "user" | "fingerprint" | "accessRequest";
  readonly value: string;
}
type Report = Awaited<ReturnType<Client["certificateInventory"]["revokeCertificates"]>>;

export const certsRevoke = verb<Options>({
  path: ["certs", "revoke"],
  summary: "revoke certificates",
  details:
    "The API refuses them at once. Other people's servers do as soon as they have the next list: sshd by its " +
    "RevokedKeys, others by CRL or OCSP. What is revoked stays so. It says how many there are and asks, unless --yes. " +
    "No list reaches tokens (JWT) that were issued: they are marked, and are good until they end.",
  examples: [
    {
      line: "tctl certs revoke 0193f5c86a7e7c3b --reason='lost laptop'",
      does: "one, by its id or serial number",
    },
    { line: "tctl certs revoke --user=alice --dry-run", does: "what would be revoked" },
    {
      line: "tctl certs revoke --user=alice --yes --reason='left'",
      does: "all of a user, and what they had made for hosts and workloads; a lock forbids new ones",
    },
    { line: "tctl certs revoke --key=SHA256:…", does: "a key and all that was issued for it" },
    {
      line: "tctl certs revoke --request=0193f5c8-6a7e-7c3b-9a55-2f0d5b3e7f10",
      does: "what one access request brought",
    },
  ],
  takes: (command) =>
    command
      .argument("[id]", "id or serial number of one certificate")
      .option("--user <name>", "all that name this user, or that the user asked for")
      .option("--key <fingerprint>", "all for this key, and the key itself")
      .option("--request <id>", "all that rest on this access request")
      .option("--reason <text>", "why; goes into the audit log", "")
      .option("--dry-run", "change nothing, and show what would be revoked")
      .option("-y, --yes", "do not ask"),
  run: async (tool, options, word) => {
    const selector = selectorOf(options, word);
    const client = await tool.connect();
    const wish = { selector, reason: options.reason };
    const revoke = (dryRun: boolean) =>
      served(
        "the revocation of certificates",
        client.certificateInventory.revokeCertificates({ ...wish, dryRun }),
      );
    if (options.dryRun === true || options.yes !== true) {
      const preview = await revoke(true);
      tool.terminal.print(describePreview(tool, preview));
      warnOfUnknown(tool, await findUnknown(client, options.user, preview));
      if (options.dryRun === true || isNothing(preview)) return;
      await demandConsent(tool, preview);
    }
    const report = await revoke(false);
    const unknown = await findUnknown(client, options.user, report);
    tool.terminal.print(describeOutcome(report, unknown === undefined ? selector : undefined));
    warnOfUnknown(tool, unknown);
  },
});

/** Whoever is gone may have certificates all the same; but who has none, and is not there, was mistyped. */
async function findUnknown(client: Client, user: string | undefined, { count, alreadyRevoked }: Report) {
  if (user === undefined || count > 0 || alreadyRevoked > 0) return undefined;
  return describeMissing(client, userNamed(user));
}

function warnOfUnknown({ terminal }: Tool, unknown: Awaited<ReturnType<typeof findUnknown>>): void {
  if (unknown === undefined) return;
  terminal.note(`warning: ${plainText(`${unknown.says}, and has no certificates. ${unknown.hint}`.trim())}`);
}

function selectorOf({ user, key, request }: Options, word: string | undefined): Selector {
  const one = word !== undefined && isEntryId(word) ? "id" : "serial";
  const all: readonly (readonly [Selector["case"], string | undefined])[] = [
    [one, word],
    ["user", user],
    ["fingerprint", key],
    ["accessRequest", request],
  ];
  const chosen = all.flatMap(([name, value]) => (value === undefined ? [] : [{ case: name, value }]));
  const [selector] = chosen;
  if (selector === undefined || chosen.length > 1 || selector.value === "") {
    throw new UsageError("name one of: an id or serial number, --user, --key, --request");
  }
  return selector;
}

const isNothing = ({ count, keyRevoked }: Report): boolean => count === 0 && !keyRevoked;

function describePreview(tool: Tool, report: Report): string {
  const { count, entries, alreadyRevoked } = report;
  const table = count === 0 ? "" : formatTable(certificateTable(entries, tool.now()), tool.terminal.columns);
  const left = count > entries.length ? `… and ${count - entries.length} more\n` : "";
  const before = alreadyRevoked === 0 ? "" : `${countOf(alreadyRevoked)} had been revoked before\n`;
  const nothing = isNothing(report) ? "there is nothing to revoke\n" : "";
  return `${table}${left}${before}${nothing}${describeTokens(report)}`;
}

/** Whoever checks a token asks nobody, so an administrator must not count on this revocation. */
function describeTokens({ entries }: Report): string {
  const tokens = entries.filter(isToken);
  if (tokens.length === 0) return "";
  const ends = tokens.map(({ certificate }) => instantOf(certificate?.expires) ?? 0);
  const last = new Date(Math.max(...ends)).toISOString();
  const many = tokens.length === 1 ? "1 of them is a token" : `${tokens.length} of them are tokens`;
  return `${many} (JWT), which no list can take back: whoever checks it accepts it until it ends, at ${last} the latest\n`;
}

async function demandConsent(tool: Tool, { count, keyRevoked }: Report): Promise<void> {
  const what = `${countOf(count)}${keyRevoked ? " and the key" : ""}`;
  if (!tool.terminal.isInteractive) {
    const hint = "With --yes they are, with --dry-run they are only shown.";
    throw new AppError("CANCELLED", `nobody was asked about ${what}; nothing was revoked`, {
      details: { hint },
    });
  }
  if (await confirm(tool.terminal, `revoke ${what}?`)) return;
  throw new AppError("CANCELLED", "nothing was revoked", { details: { hint: "" } });
}

/** Without a selector where it names nobody whom a lock could stop. */
function describeOutcome(report: Report, selector: Selector | undefined): string {
  const { count, alreadyRevoked, keyRevoked } = report;
  const lines = [
    `${countOf(count)} revoked${alreadyRevoked === 0 ? "" : `, ${alreadyRevoked} had been before`}`,
    ...(keyRevoked ? ["the key is refused, also for new certificates"] : []),
    ...(selector?.case === "user"
      ? [`new ones may be issued unless the user is locked: tctl lock --user=${plainText(selector.value)}`]
      : []),
  ];
  return `${lines.join("\n")}\n${describeTokens(report)}`;
}

const countOf = (count: number): string => `${count} certificate${count === 1 ? "" : "s"}`;
