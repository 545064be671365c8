import { type Extension, extensionOid } from "../certificates/extension.ts";
import { parseExtensions } from "../certificates/parse-extensions.ts";
import { signatureAlgorithmOf } from "../certificates/signature-algorithm.ts";
import { DerReader } from "../der/der-reader.ts";
import { contextConstructed, contextPrimitive, tag } from "../der/tag.ts";
import { decodeTime } from "../der/time.ts";
import { decodeName } from "../names/decode-name.ts";
import { decodePemBlock } from "../pem/pem.ts";
import { X509Error } from "../x509-error.ts";
import { type Crl, crlExtensionOid, maxCrlBytes, type RevokedCertificate } from "./crl.ts";
import { decodeReason } from "./revocation-reason.ts";
import { readSerialNumber } from "./serial-number.ts";

/** Label of the PEM block of a certificate revocation list. */
export const crlLabel = "X509 CRL";

/**
 * Reads a certificate revocation list from DER, or from the first `X509 CRL` block of a PEM text. It proves nothing:
 * see `verifyCrl`.
 *
 * @throws X509Error MALFORMED, TOO_LARGE or UNSUPPORTED; hostile input does nothing worse.
 */
export function parseCrl(input: Uint8Array | string): Crl {
  const der = typeof input === "string" ? decodePemBlock(input, [crlLabel]).der : input;
  const file = reading(der);
  const outer = reading(file.read(tag.sequence).content);
  file.end();
  const tbs = outer.read(tag.sequence);
  const algorithm = outer.read(tag.sequence).encoding;
  const signature = outer.readBitString();
  outer.end();
  const proof = { der, tbs: tbs.encoding, signature, signatureAlgorithm: signatureAlgorithmOf(algorithm) };
  return { ...proof, ...parseTbs(reading(tbs.content), algorithm) };
}

function reading(bytes: Uint8Array): DerReader {
  return new DerReader(bytes, { maxBytes: maxCrlBytes });
}

function parseTbs(tbs: DerReader, outerAlgorithm: Uint8Array) {
  const version = tbs.readOptional(tag.integer)?.content;
  const isVersion2 = version?.length === 1 && version[0] === 1;
  if (version !== undefined && !isVersion2) {
    throw new X509Error("UNSUPPORTED", "only revocation lists of versions 1 and 2 are read");
  }
  // RFC 5280 section 5.1.1.2: both algorithm fields are the same, else an unsigned one could be swapped.
  if (Buffer.compare(tbs.read(tag.sequence).encoding, outerAlgorithm) !== 0) {
    throw new X509Error("MALFORMED", "the two signature algorithms of the revocation list differ");
  }
  const issuerDer = tbs.read(tag.sequence).encoding;
  const thisUpdateAt = decodeTime(tbs.read());
  const hasNext = tbs.nextTag === tag.utcTime || tbs.nextTag === tag.generalizedTime;
  const nextUpdateAt = hasNext ? decodeTime(tbs.read()) : undefined;
  const entries = readEntries(tbs.readOptional(tag.sequence)?.content ?? new Uint8Array());
  const extensions = isVersion2 ? readExtensions(tbs) : [];
  tbs.end();
  const head = { issuerDer, issuer: decodeName(issuerDer), thisUpdateAt, nextUpdateAt };
  return { ...head, ...entries, extensions, ...interpret(extensions) };
}

function readEntries(content: Uint8Array) {
  const list = reading(content);
  const revoked = new Map<bigint, RevokedCertificate>();
  let hasUnknownCriticalEntry = false;
  while (!list.done) {
    const entry = list.enter();
    const serialNumber = readSerialNumber(entry);
    const revokedAt = decodeTime(entry.read());
    const extensions = entry.done ? [] : parseExtensions(entry.enter());
    entry.end();
    if (revoked.has(serialNumber)) throw new X509Error("MALFORMED", "a serial number is revoked twice");
    revoked.set(serialNumber, { serialNumber, revokedAt, reason: reasonOf(extensions) });
    hasUnknownCriticalEntry ||= extensions.some(
      (one) => one.critical && one.oid !== crlExtensionOid.reasonCode,
    );
  }
  return { revoked, hasUnknownCriticalEntry };
}

function reasonOf(extensions: readonly Extension[]) {
  const value = extensions.find((one) => one.oid === crlExtensionOid.reasonCode)?.value;
  return value && decodeReason(value);
}

function readExtensions(tbs: DerReader): Extension[] {
  if (tbs.done) return [];
  const wrapper = tbs.enter(contextConstructed(0));
  const extensions = parseExtensions(wrapper.enter());
  wrapper.end();
  return extensions;
}

function interpret(extensions: readonly Extension[]) {
  const value = (oid: string) => extensions.find((one) => one.oid === oid)?.value;
  const number = value(crlExtensionOid.crlNumber);
  const authorityKeyId = value(extensionOid.authorityKeyId);
  return {
    number: number && readSerialNumber(new DerReader(number)),
    authorityKeyId:
      authorityKeyId && new DerReader(authorityKeyId).enter().readOptional(contextPrimitive(0))?.content,
  };
}
