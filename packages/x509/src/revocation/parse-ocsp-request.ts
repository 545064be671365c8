import { parseExtensions } from "../certificates/parse-extensions.ts";
import { DerReader } from "../der/der-reader.ts";
import { contextConstructed, tag } from "../der/tag.ts";
import { X509Error } from "../x509-error.ts";
import { type OcspCertId, readCertId } from "./ocsp-cert-id.ts";
import { ocspOid } from "./ocsp-oid.ts";

/** Largest OCSP request that is read, in bytes. */
export const maxOcspRequestBytes = 16 * 1024;
const maxCertIds = 64;
const maxNonceBytes = 128;

/** An OCSP request (RFC 6960 section 4.1). Whoever sent it is not known: its signature, if any, is not read. */
export interface OcspRequest {
  /** One to 64. */
  readonly certIds: readonly OcspCertId[];
  /** 1 to 128 octets that the answer repeats (RFC 9654); undefined where there are none. */
  readonly nonce: Uint8Array | undefined;
}

/**
 * Reads an OCSP request from DER: the body of a POST, or what the path of a GET holds in base64.
 *
 * @throws X509Error MALFORMED, TOO_LARGE or UNSUPPORTED, all of which are answered by `malformedRequest`; hostile input
 * does nothing worse.
 */
export function parseOcspRequest(der: Uint8Array): OcspRequest {
  const file = new DerReader(der, { maxBytes: maxOcspRequestBytes });
  const outer = file.enter();
  file.end();
  const request = outer.enter();
  outer.readOptional(contextConstructed(0));
  outer.end();
  readVersion(request);
  request.readOptional(contextConstructed(1));
  const certIds = readRequests(request.enter());
  const nonce = request.done ? undefined : readNonce(request.enter(contextConstructed(2)));
  request.end();
  return { certIds, nonce };
}

/** Version 1 is the default; some clients write it all the same. */
function readVersion(request: DerReader): void {
  if (request.nextTag !== contextConstructed(0)) return;
  const wrapper = request.enter(contextConstructed(0));
  const { content } = wrapper.read(tag.integer);
  wrapper.end();
  if (content.length !== 1 || content[0] !== 0) {
    throw new X509Error("UNSUPPORTED", "only OCSP requests of version 1 are read");
  }
}

function readRequests(list: DerReader): OcspCertId[] {
  const certIds: OcspCertId[] = [];
  while (!list.done) {
    if (certIds.length === maxCertIds) {
      throw new X509Error("TOO_LARGE", `an OCSP request asks for more than ${maxCertIds} certificates`);
    }
    const request = list.enter();
    certIds.push(readCertId(request));
    if (!request.done) readExtensions(request.enter(contextConstructed(0)));
    request.end();
  }
  if (certIds.length === 0) throw new X509Error("MALFORMED", "an OCSP request asks for nothing");
  return certIds;
}

function readNonce(wrapper: DerReader): Uint8Array | undefined {
  const value = readExtensions(wrapper).find((one) => one.oid === ocspOid.nonce)?.value;
  if (value === undefined) return undefined;
  const reader = new DerReader(value);
  const nonce = reader.read(tag.octetString).content;
  reader.end();
  if (nonce.length === 0 || nonce.length > maxNonceBytes) {
    throw new X509Error("MALFORMED", `the nonce of an OCSP request has 1 to ${maxNonceBytes} octets`);
  }
  return nonce;
}

function readExtensions(wrapper: DerReader) {
  const extensions = parseExtensions(wrapper.enter());
  wrapper.end();
  const stranger = extensions.find((one) => one.critical && one.oid !== ocspOid.nonce);
  if (stranger === undefined) return extensions;
  throw new X509Error("UNSUPPORTED", `an OCSP request needs the extension ${stranger.oid}, which is unknown`);
}
