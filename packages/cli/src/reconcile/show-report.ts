import type { Table } from "../terminal/table.ts";
import { findingKinds } from "./judge-use.ts";
import type { Finding, ReconcileReport } from "./reconcile-logins.ts";

/** The gravest first. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = ({ kind }: Finding) => findingKinds.indexOf(kind);
  return findings.toSorted((a, b) => rank(a) - rank(b) || (b.use.lastAt ?? 0) - (a.use.lastAt ?? 0));
}

export function findingTable(findings: readonly Finding[]): Table {
  return {
    headers: ["Finding", "Serial or key", "User", "Account", "From", "On", "Uses", "Last", "Because"],
    rows: findings.map(({ kind, because, use, entry }) => [
      kind,
      use.login.certificate?.serial ?? use.login.fingerprint,
      entry?.certificate?.user ?? use.login.certificate?.keyId ?? "",
      use.login.account,
      use.login.address,
      [...use.hosts].join(","),
      String(use.count),
      isoOf(use.lastAt) ?? "",
      because,
    ]),
  };
}

/** One line that says how much was looked at. */
export function summaryOf({
  lines,
  certified,
  plain,
  plainMd5,
  unreadable,
  impostors,
  omitted,
}: ReconcileReport): string {
  const parts = [
    `${counted(certified, "login")} by certificate and ${plain} by a key alone, in ${counted(lines, "line")}`,
    ...(plainMd5 === 0
      ? []
      : [`${counted(plainMd5, "key")} told by MD5 alone, which the inventory cannot find`]),
    ...(unreadable === 0 ? [] : [`${counted(unreadable, "line")} cannot be read`]),
    ...(impostors === 0 ? [] : [`${counted(impostors, "line")} by other programs under the name of sshd`]),
    ...(omitted === 0 ? [] : [`${counted(omitted, "finding")} left out`]),
  ];
  return `${parts.join("; ")}.`;
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;

export function reportValue(report: ReconcileReport) {
  const { findings, plainMd5, ...counts } = report;
  return { ...counts, plain_md5: plainMd5, findings: sortFindings(findings).map(findingValue) };
}

function findingValue({ kind, because, use, entry }: Finding) {
  const { login } = use;
  return {
    finding: kind,
    because,
    account: login.account,
    address: login.address,
    hosts: [...use.hosts],
    uses: use.count,
    first: isoOf(use.firstAt) ?? null,
    last: isoOf(use.lastAt) ?? null,
    fingerprint: login.fingerprint,
    serial: login.certificate?.serial ?? "",
    key_id: login.certificate?.keyId ?? "",
    ca_fingerprint: login.certificate?.authority ?? "",
    certificate_id: entry?.certificate?.id ?? "",
    user: entry?.certificate?.user ?? "",
  };
}

function isoOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}
