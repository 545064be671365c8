import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { SshPublicKey } from "../keys/public-key.ts";
import { verifySsh } from "../keys/signature.ts";
import type { SshCertificate } from "./certificate.ts";
import { criticalOptionNames, parseSourceAddresses } from "./options.ts";
import { type CertificateUse, isPrincipal } from "./principals.ts";

/** Why a certificate is not accepted. */
export type SshCertificateRefusal =
  | "wrong use"
  | "unknown authority"
  | "bad signature"
  | "not yet valid"
  | "expired"
  | "no principals"
  | "wrong principal"
  | "unknown critical option"
  | "wrong source address";

export type SshCertificateVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly refusal: SshCertificateRefusal };

/** What the verifier knows of the situation. */
export interface SshVerification {
  readonly use: CertificateUse;
  /** Keys of the authorities that are trusted for this use. */
  readonly authorities: readonly SshPublicKey[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Login or host name that the certificate must be for. */
  readonly principal: string;
  /** Where the peer comes from; without it a certificate with a source-address option is refused. */
  readonly remoteAddress?: string;
  /** Critical options besides source-address that the caller enforces by itself, such as `force-command`. */
  readonly honours?: readonly string[];
}

/**
 * Judges a certificate completely, in one place: authority, signature, use, time, principal and every critical
 * option. An option that neither this function nor the caller honours refuses the certificate.
 */
export function verifySshCertificate(
  certificate: SshCertificate,
  situation: SshVerification,
): SshCertificateVerdict {
  const refusal =
    authorityRefusal(certificate, situation) ??
    timeRefusal(certificate, situation.now) ??
    principalRefusal(certificate, situation) ??
    optionRefusal(certificate, situation);
  return refusal === undefined ? { ok: true } : { ok: false, refusal };
}

function authorityRefusal(
  certificate: SshCertificate,
  { use, authorities }: SshVerification,
): SshCertificateRefusal | undefined {
  if (certificate.use !== use) return "wrong use";
  const { signatureKey, signed, signature } = certificate;
  const authority = authorities.find((one) => Buffer.compare(one.blob, signatureKey.blob) === 0);
  if (authority === undefined) return "unknown authority";
  return verifySsh(authority, signed, signature) ? undefined : "bad signature";
}

function timeRefusal(certificate: SshCertificate, now: number): SshCertificateRefusal | undefined {
  if (now < certificate.validAfterAt) return "not yet valid";
  const { validBeforeAt } = certificate;
  return validBeforeAt !== "forever" && now >= validBeforeAt ? "expired" : undefined;
}

function principalRefusal(
  { principals }: SshCertificate,
  { principal, use }: SshVerification,
): SshCertificateRefusal | undefined {
  if (principals.length === 0) return "no principals";
  return isPrincipal(principal, use) && principals.includes(principal) ? undefined : "wrong principal";
}

function optionRefusal(
  { criticalOptions }: SshCertificate,
  { honours = [], remoteAddress }: SshVerification,
): SshCertificateRefusal | undefined {
  for (const [name, value] of Object.entries(criticalOptions)) {
    if (name === "source-address") {
      if (!isWithin(value, remoteAddress)) return "wrong source address";
    } else if (!criticalOptionNames.has(name) || !honours.includes(name)) return "unknown critical option";
  }
  return undefined;
}

function isWithin(ranges: string, remoteAddress: string | undefined): boolean {
  const address = remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, "");
  if (address === undefined || !(isIPv4(address) || isIPv6(address))) return false;
  const list = new BlockList();
  try {
    for (const range of parseSourceAddresses(ranges))
      list.addSubnet(range.address, range.prefix, range.family);
  } catch {
    // A value that cannot be read matches nothing.
    return false;
  }
  return list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}
