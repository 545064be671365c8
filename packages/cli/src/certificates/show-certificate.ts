import { instantOf } from "@sallyport/api";
import { showInstant } from "../kinds/show-values.ts";
import type { Table } from "../terminal/table.ts";
import { type CertificateEntry, statusOf } from "./certificate-entry.ts";

export function certificateTable(entries: readonly CertificateEntry[], now: number): Table {
  return {
    headers: ["Id", "Kind", "User", "Principals", "Issued", "Expires", "Status"],
    rows: entries.map((entry) => [
      entry.certificate?.id ?? "",
      entry.certificate?.kind ?? "",
      entry.certificate?.user ?? "",
      (entry.certificate?.principals ?? []).join(","),
      showInstant(entry.certificate?.issued, ""),
      showInstant(entry.certificate?.expires),
      statusOf(entry, now),
    ]),
    shrink: "Principals",
  };
}

/** One entry as name and value, nothing cut; what is empty is left out. */
export function certificateFields(entry: CertificateEntry, now: number): [string, string][] {
  const { certificate, revocation } = entry;
  const fields: [string, string][] = [
    ["Id", certificate?.id ?? ""],
    ["Status", statusOf(entry, now)],
    ["Kind", certificate?.kind ?? ""],
    ["User", certificate?.user ?? ""],
    ["Principals", (certificate?.principals ?? []).join(", ")],
    ["Roles", (certificate?.roles ?? []).join(", ")],
    ["Issued", showInstant(certificate?.issued, "")],
    ["Valid after", showInstant(certificate?.validAfter, "")],
    ["Expires", showInstant(certificate?.expires)],
    ["SSH serial", showSerial(certificate?.sshSerial)],
    ["SSH key", certificate?.sshFingerprint ?? ""],
    ["SSH authority", certificate?.sshCaFingerprint ?? ""],
    ["X.509 serial", certificate?.x509Serial ?? ""],
    ["X.509 key", certificate?.x509Fingerprint ?? ""],
    ["X.509 authority", certificate?.x509CaFingerprint ?? ""],
    ["Authority", certificate?.caType ?? ""],
    ["Requester", certificate?.requester ?? ""],
    ["Impersonator", certificate?.impersonator ?? ""],
    ["Access requests", (certificate?.accessRequests ?? []).join(", ")],
    ["Asked for from", certificate?.remoteIp ?? ""],
    ["Limited to", [...(certificate?.usage ?? []), ...(certificate?.routes ?? [])].join(", ")],
    ["Revoked", showInstant(revocation?.revoked, "")],
    ["Revoked by", revocation?.by ?? ""],
    ["Revoked as", revocation?.selector ?? ""],
    ["Reason", revocation?.reason ?? ""],
  ];
  return fields.filter(([, value]) => value !== "");
}

/** The entry for programs; serial numbers are texts, because numbers of JSON do not hold them. */
export function certificateValue(entry: CertificateEntry, now: number) {
  const { certificate, revocation } = entry;
  return {
    id: certificate?.id ?? "",
    status: statusOf(entry, now),
    kind: certificate?.kind ?? "",
    user: certificate?.user ?? "",
    principals: certificate?.principals ?? [],
    roles: certificate?.roles ?? [],
    ca_type: certificate?.caType ?? "",
    ssh_serial: showSerial(certificate?.sshSerial),
    ssh_fingerprint: certificate?.sshFingerprint ?? "",
    ssh_ca_fingerprint: certificate?.sshCaFingerprint ?? "",
    x509_serial: certificate?.x509Serial ?? "",
    x509_fingerprint: certificate?.x509Fingerprint ?? "",
    x509_ca_fingerprint: certificate?.x509CaFingerprint ?? "",
    issued: isoOf(certificate?.issued),
    valid_after: isoOf(certificate?.validAfter),
    expires: isoOf(certificate?.expires),
    requester: certificate?.requester ?? "",
    impersonator: certificate?.impersonator ?? "",
    access_requests: certificate?.accessRequests ?? [],
    remote_ip: certificate?.remoteIp ?? "",
    usage: certificate?.usage ?? [],
    routes: certificate?.routes ?? [],
    revocation:
      revocation === undefined
        ? null
        : {
            revoked: isoOf(revocation.revoked),
            by: revocation.by,
            reason: revocation.reason,
            selector: revocation.selector,
          },
  };
}

const showSerial = (serial = 0n): string => (serial === 0n ? "" : serial.toString());

function isoOf(time: Parameters<typeof instantOf>[0]): string | null {
  const at = instantOf(time);
  return at === undefined ? null : new Date(at).toISOString();
}
