import type { CertificateIssuer } from "../certificates/certificate-issuer.ts";
import { type Extension, encodeExtension, extensionOid } from "../certificates/extension.ts";
import { signBytes } from "../certificates/signature-algorithm.ts";
import { contextConstructed, contextPrimitive } from "../der/tag.ts";
import { encodeTime } from "../der/time.ts";
import { bitString, element, sequence, unsignedInteger } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";
import { crlExtensionOid, maxCrlBytes, type RevokedCertificate } from "./crl.ts";
import { encodeReason, type RevocationReason } from "./revocation-reason.ts";
import { encodeSerialNumber } from "./serial-number.ts";

/** What a certificate revocation list is to say. */
export interface CrlTemplate {
  readonly issuer: CertificateIssuer;
  /** When it is made, in milliseconds since 1970, cut to a second. */
  readonly thisUpdateAt: number;
  /** When the next one is there at the latest, in milliseconds since 1970, cut to a second. */
  readonly nextUpdateAt: number;
  /** Goes up from one list to the next; not negative, at most 20 octets. */
  readonly number: bigint;
  /** Each serial number once. */
  readonly revoked: Iterable<RevokedCertificate>;
  /** Further extensions, written after the key identifier and the number. */
  readonly extensions?: readonly Extension[];
}

const version2 = unsignedInteger(1n);

/**
 * Issues a complete certificate revocation list of version 2 (RFC 5280 section 5): resolves to its DER. An RSA
 * signature is made on the thread pool.
 *
 * @throws X509Error INVALID for a serial number, reason, number or time that must not be written, TOO_LARGE.
 */
export async function issueCrl(template: CrlTemplate): Promise<Buffer> {
  const { issuer } = template;
  const tbs = encodeTbs(template);
  const signature = await signBytes(issuer.algorithm, tbs, issuer.key);
  return sequence(tbs, issuer.algorithm.identifier, bitString(signature));
}

function encodeTbs(template: CrlTemplate): Buffer {
  const { issuer, thisUpdateAt, nextUpdateAt } = template;
  if (!(thisUpdateAt < nextUpdateAt)) {
    throw new X509Error("INVALID", "a revocation list must be made before the next one is due");
  }
  const entries = encodeEntries(template.revoked);
  return sequence(
    version2,
    issuer.algorithm.identifier,
    issuer.nameDer,
    encodeTime(thisUpdateAt),
    encodeTime(nextUpdateAt),
    // RFC 5280 section 5.1.2.6: left out where nothing is revoked.
    ...(entries.length === 0 ? [] : [sequence(Buffer.concat(entries))]),
    element(contextConstructed(0), sequence(...encodeExtensions(template))),
  );
}

function encodeEntries(revoked: Iterable<RevokedCertificate>): Buffer[] {
  const entries: Buffer[] = [];
  const seen = new Set<bigint>();
  let size = 0;
  for (const one of revoked) {
    if (seen.has(one.serialNumber)) {
      throw new X509Error("INVALID", `serial number ${one.serialNumber} stands twice in the revocation list`);
    }
    seen.add(one.serialNumber);
    const entry = encodeEntry(one);
    size += entry.length;
    if (size > maxCrlBytes - 0x10000)
      throw new X509Error("TOO_LARGE", "the revocation list has too many entries");
    entries.push(entry);
  }
  return entries;
}

function encodeEntry({ serialNumber, revokedAt, reason = "unspecified" }: RevokedCertificate): Buffer {
  const parts = [encodeSerialNumber(serialNumber), encodeTime(revokedAt)];
  // RFC 5280 section 5.3.1: "unspecified" is said by saying nothing.
  return reason === "unspecified" ? sequence(...parts) : sequence(...parts, reasonExtensions(reason));
}

const reasonCache = new Map<RevocationReason, Buffer>();

function reasonExtensions(reason: RevocationReason): Buffer {
  if (reason === "removeFromCRL") {
    throw new X509Error("INVALID", "removeFromCRL has a meaning in delta lists only, which are not written");
  }
  const known = reasonCache.get(reason);
  if (known !== undefined) return known;
  const value = encodeReason(reason);
  const made = sequence(encodeExtension({ oid: crlExtensionOid.reasonCode, critical: false, value }));
  reasonCache.set(reason, made);
  return made;
}

function encodeExtensions({ issuer, number, extensions = [] }: CrlTemplate): Buffer[] {
  if (number < 0n || number >= 1n << 159n) {
    throw new X509Error(
      "INVALID",
      "the number of a revocation list is not negative and has at most 20 octets",
    );
  }
  const keyId = issuer.keyId && sequence(element(contextPrimitive(0), issuer.keyId));
  return [
    ...(keyId ? [{ oid: extensionOid.authorityKeyId, critical: false, value: keyId }] : []),
    { oid: crlExtensionOid.crlNumber, critical: false, value: unsignedInteger(number) },
    ...extensions,
  ].map(encodeExtension);
}
