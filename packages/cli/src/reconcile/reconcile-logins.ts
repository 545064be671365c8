import type { CertificateEntry } from "../certificates/certificate-entry.ts";
import { isMd5 } from "./fingerprint-forms.ts";
import type { Inventory } from "./inventory.ts";
import { joinEntries } from "./join-entries.ts";
import { type FindingKind, type Judgement, judgeUse } from "./judge-use.ts";
import { parseLogLine } from "./parse-log-line.ts";
import { plainAddress } from "./parse-sshd-message.ts";
import { addUse, type Use, UseBatch, useKey } from "./use-batch.ts";

/** Something that a log tells and the inventory does not bear out. */
export interface Finding extends Judgement {
  readonly use: Use;
  readonly entry: CertificateEntry | undefined;
}

/** What came of a log. */
export interface ReconcileReport {
  readonly lines: number;
  /** Logins by certificate. */
  readonly certified: number;
  /** Logins by a key alone. */
  readonly plain: number;
  /** Of these, the ones that the log names by MD5: nobody can tell whether the key is revoked. */
  readonly plainMd5: number;
  /** Lines that are too long, or say that a key was accepted in a form that sshd does not write. */
  readonly unreadable: number;
  /** Lines that another program wrote under the name of sshd, as the journal knows. */
  readonly impostors: number;
  readonly findings: readonly Finding[];
  /** Findings beyond those that are kept. */
  readonly omitted: number;
}

export interface ReconcileOptions {
  readonly now: number;
  /** Whether everybody may come from this address. */
  readonly isKnownAddress: (address: string) => boolean;
}

/** Each use asks for one serial number or one key; the inventory answers 1000 at once. */
const batchSize = 500;
/** A log that somebody writes to must not fill the memory. */
const maxFindings = 10_000;

/** Holds the lines of a log against the inventory, batch by batch. */
export async function reconcileLogins(
  lines: AsyncIterable<string | undefined>,
  inventory: Inventory,
  options: ReconcileOptions,
): Promise<ReconcileReport> {
  const counts = { lines: 0, certified: 0, plain: 0, plainMd5: 0, unreadable: 0, impostors: 0 };
  const findings = new FindingList();
  const batch = new UseBatch();
  const authorities = await inventory.authorities();
  const flush = () => judgeBatch(batch.take(), { inventory, authorities, options, findings });
  for await (const line of joinEntries(lines)) {
    counts.lines += 1;
    const outcome = line === undefined ? ({ kind: "unreadable" } as const) : parseLogLine(line, options.now);
    if (outcome.kind === "unreadable") counts.unreadable += 1;
    if (outcome.kind === "impostor") counts.impostors += 1;
    if (outcome.kind !== "login") continue;
    const { certificate, fingerprint } = outcome.login;
    if (certificate === undefined) counts.plain += 1;
    else counts.certified += 1;
    if (certificate === undefined && isMd5(fingerprint)) {
      counts.plainMd5 += 1;
      continue;
    }
    batch.add(outcome.login);
    if (batch.size >= batchSize) await flush();
  }
  await flush();
  return { ...counts, findings: findings.all(), omitted: findings.omitted };
}

interface Surroundings {
  readonly inventory: Inventory;
  readonly authorities: ReadonlyMap<string, string>;
  readonly options: ReconcileOptions;
  readonly findings: FindingList;
}

async function judgeBatch(uses: readonly Use[], around: Surroundings): Promise<void> {
  if (uses.length === 0) return;
  const certificates = uses.flatMap(({ login }) => login.certificate ?? []);
  const serials = new Set(certificates.map(({ serial }) => serial).filter(isSerial));
  const keys = uses
    .filter(({ login }) => login.certificate === undefined)
    .map(({ login }) => login.fingerprint);
  const found = await around.inventory.find([...serials], [...new Set(keys)]);
  for (const use of uses) {
    const { certificate, fingerprint } = use.login;
    const entry = found.get(certificate?.serial ?? fingerprint);
    const ownAuthority = around.authorities.get(certificate?.authority ?? "");
    const judgements = judgeUse(use, { entry, ownAuthority });
    const isIssued = certificate !== undefined && !judgements.some(({ kind }) => kind === "never-issued");
    const place = isIssued && entry !== undefined ? await judgeAddress(use, entry, around) : [];
    for (const one of [...judgements, ...place]) around.findings.add({ ...one, use, entry });
  }
}

/** The inventory refuses a whole batch with a number that no certificate has, and a log can hold any digits. */
const isSerial = (serial: string): boolean => {
  const number = BigInt(serial);
  return number > 0n && number < 1n << 64n;
};

/** New is an address from which the user has never asked for a certificate. */
async function judgeAddress(
  { login: { address } }: Use,
  { certificate }: CertificateEntry,
  { inventory, options }: Surroundings,
): Promise<Judgement[]> {
  const askedFrom = plainAddress(certificate?.remoteIp ?? "");
  if (address === askedFrom || options.isKnownAddress(address)) return [];
  if ((await inventory.addressesOf(certificate?.user ?? "")).has(address)) return [];
  const because = `asked for from ${askedFrom === "" ? "the auth service itself" : askedFrom}`;
  return [{ kind: "new-address", because }];
}

/** Equal findings of several batches are one. */
class FindingList {
  readonly #findings = new Map<string, Finding>();
  omitted = 0;

  add(finding: Finding): void {
    const key = `${finding.kind} ${useKey(finding.use.login)}`;
    const known = this.#findings.get(key);
    // One use may be in findings of several kinds, which share its counts.
    if (known !== undefined) addUse(known.use, finding.use);
    else if (this.#findings.size >= maxFindings) this.omitted += 1;
    else this.#findings.set(key, { ...finding, use: { ...finding.use, hosts: new Set(finding.use.hosts) } });
  }

  all(): Finding[] {
    return [...this.#findings.values()];
  }
}

/** Findings that are a reason to act; coming from somewhere new may be a journey. */
export function isAlarm({ findings, impostors, omitted }: ReconcileReport): boolean {
  const quiet: readonly FindingKind[] = ["new-address"];
  return impostors > 0 || omitted > 0 || findings.some(({ kind }) => !quiet.includes(kind));
}
