import { encodeOid } from "../der/oid.ts";
import { derTrue, octetString, sequence } from "../der/write-der.ts";

/** One extension (RFC 5280 section 4.2): `value` is the DER inside the OCTET STRING. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Object identifiers of the extensions that this package writes and reads. */
export const extensionOid = {
  subjectKeyId: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltNames: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyId: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
} as const;

/** DER of one extension; `critical` is written only where true. */
export function encodeExtension({ oid, critical, value }: Extension): Buffer {
  return critical
    ? sequence(encodeOid(oid), derTrue, octetString(value))
    : sequence(encodeOid(oid), octetString(value));
}
