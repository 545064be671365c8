import { DerReader } from "../der/der-reader.ts";
import { contextConstructed, tag } from "../der/tag.ts";
import { maxCrlBytes } from "../revocation/crl.ts";
import { extensionOid } from "./extension.ts";
import { parseExtensions } from "./parse-extensions.ts";

/** What octets say that a CA is to sign. */
export type UnsignedKind =
  | { readonly kind: "certificate"; readonly isCa: boolean; readonly spki: Uint8Array }
  | { readonly kind: "revocation list" }
  | { readonly kind: "ocsp response" };

const version3 = Buffer.from([2, 1, 2]);
const version2 = Buffer.from([2, 1, 1]);

/**
 * Tells a TBSCertificate of version 3, a TBSCertList of version 2 (both RFC 5280) and the ResponseData of an OCSP
 * response (RFC 6960) from one another; for a signer that does not sign whatever it is sent. Nothing else is looked at
 * than what is needed for that.
 *
 * Undefined for everything else.
 *
 * @throws X509Error MALFORMED, TOO_LARGE or UNSUPPORTED for what is no DER of that shape.
 */
export function unsignedKind(octets: Uint8Array): UnsignedKind | undefined {
  const file = new DerReader(octets, { maxBytes: maxCrlBytes });
  const body = new DerReader(file.read(tag.sequence).content, { maxBytes: maxCrlBytes });
  file.end();
  const first = body.read();
  if (first.tag === contextConstructed(1) || first.tag === contextConstructed(2))
    return { kind: "ocsp response" };
  if (first.tag === contextConstructed(0)) {
    return version3.equals(first.content) ? certificate(body) : undefined;
  }
  return version2.equals(first.encoding) ? revocationList(body) : undefined;
}

function certificate(body: DerReader): UnsignedKind {
  body.read(tag.integer);
  for (const _ of ["algorithm", "issuer", "validity", "subject"]) body.read(tag.sequence);
  const spki = body.read(tag.sequence).encoding;
  const extensions =
    body.nextTag === contextConstructed(3) ? parseExtensions(body.enter(contextConstructed(3)).enter()) : [];
  body.end();
  const constraints = extensions.find(({ oid }) => oid === extensionOid.basicConstraints);
  // An empty SEQUENCE is cA FALSE; whatever else stands there is taken for more than that.
  return { kind: "certificate", isCa: constraints !== undefined && constraints.value.length > 2, spki };
}

/** In a certificate of version 1 the validity, a SEQUENCE, stands where a list has the time of its making. */
function revocationList(body: DerReader): UnsignedKind | undefined {
  body.read(tag.sequence);
  body.read(tag.sequence);
  const isTime = body.nextTag === tag.utcTime || body.nextTag === tag.generalizedTime;
  return isTime ? { kind: "revocation list" } : undefined;
}
