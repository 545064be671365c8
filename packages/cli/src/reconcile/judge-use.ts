import { instantOf } from "@sallyport/api";
import type { CertificateEntry } from "../certificates/certificate-entry.ts";
import { isMd5 } from "./fingerprint-forms.ts";
import type { Use } from "./use-batch.ts";

export const findingKinds = ["never-issued", "revoked", "outside-validity", "new-address"] as const;
export type FindingKind = (typeof findingKinds)[number];

export interface Judgement {
  readonly kind: FindingKind;
  readonly because: string;
}

/** What the inventory knows of a use. */
export interface Knowledge {
  /** By the serial number of a certificate, else by the key. */
  readonly entry: CertificateEntry | undefined;
  /** Fingerprint of the cluster's own authority that signed the certificate; undefined where it is none of them. */
  readonly ownAuthority: string | undefined;
}

/** Clocks of servers differ. */
const toleranceMs = 60_000;

/** What is wrong with a use, the address aside. A log is only as true as those who can write to it. */
export function judgeUse(use: Use, { entry, ownAuthority }: Knowledge): Judgement[] {
  const { certificate, fingerprint } = use.login;
  if (certificate === undefined) return judgeRevocation(use, entry);
  const never = (because: string): Judgement[] => [{ kind: "never-issued", because }];
  if (entry?.certificate === undefined) {
    return never(
      ownAuthority === undefined
        ? foreign
        : "signed by an authority of the cluster, but not in its inventory",
    );
  }
  const { sshFingerprint, sshCaFingerprint } = entry.certificate;
  const isOther = fingerprint !== "" && !isMd5(fingerprint) && sshFingerprint !== fingerprint;
  if (isOther) return never("this serial number was issued for another key");
  const authority = ownAuthority ?? certificate.authority;
  if (isMd5(authority)) return never(nobodysMd5);
  if (sshCaFingerprint !== authority) return never("this serial number is of another authority");
  return [...judgeRevocation(use, entry), ...judgeValidity(use, entry)];
}

const foreign = "signed by an authority that the cluster does not have";
/** Of an authority that was replaced only the SHA-256 is left, with the entry. */
const nobodysMd5 =
  "signed by an authority of which the log has the MD5 alone, and the cluster does not have it now";

/** Without a time of the log it may have been before; that is for people to find out. */
function judgeRevocation({ lastAt }: Use, entry: CertificateEntry | undefined): Judgement[] {
  const revokedAt = instantOf(entry?.revocation?.revoked);
  if (entry?.revocation === undefined || (lastAt !== undefined && lastAt < (revokedAt ?? 0))) return [];
  const since = revokedAt === undefined ? "" : ` since ${new Date(revokedAt).toISOString().slice(0, 19)}Z`;
  return [
    {
      kind: "revoked",
      because: `revoked${since}${lastAt === undefined ? "; when it was used is not known" : ""}`,
    },
  ];
}

function judgeValidity({ firstAt, lastAt }: Use, { certificate }: CertificateEntry): Judgement[] {
  const expiresAt = instantOf(certificate?.expires);
  const validAfterAt = instantOf(certificate?.validAfter);
  const isLate = lastAt !== undefined && expiresAt !== undefined && lastAt > expiresAt + toleranceMs;
  const isEarly = firstAt !== undefined && validAfterAt !== undefined && firstAt < validAfterAt - toleranceMs;
  if (!isLate && !isEarly) return [];
  const because = isLate ? "used after its end" : "used before it was valid";
  return [{ kind: "outside-validity", because: `${because}; is the clock of the server right?` }];
}
