import { type DerElement, DerReader } from "../der/der-reader.ts";
import { element } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";

/** CRLReason by number (RFC 5280 section 5.3.1); 7 was never given away. */
const numbers = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

/** Why a certificate is revoked. */
export type RevocationReason = keyof typeof numbers;

const byNumber = new Map<number, RevocationReason>(
  Object.entries(numbers).map(([name, number]) => [number, name as RevocationReason]),
);

const enumerated = 0x0a;

/** ENUMERATED of a reason. */
export function encodeReason(reason: RevocationReason): Buffer {
  return element(enumerated, Uint8Array.of(numbers[reason]));
}

/**
 * The reason of an ENUMERATED element that stands alone.
 *
 * @throws X509Error MALFORMED, for numbers without a reason too.
 */
export function decodeReason(der: Uint8Array): RevocationReason {
  const reader = new DerReader(der);
  const element = reader.read(enumerated);
  reader.end();
  return readReason(element);
}

function readReason({ content }: DerElement): RevocationReason {
  const reason = content.length === 1 ? byNumber.get(content[0] ?? 255) : undefined;
  if (reason === undefined) throw new X509Error("MALFORMED", "a reason of revocation is malformed");
  return reason;
}
