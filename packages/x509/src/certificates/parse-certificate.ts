import { DerReader } from "../der/der-reader.ts";
import { contextConstructed, contextPrimitive, tag } from "../der/tag.ts";
import { decodeTime } from "../der/time.ts";
import { decodeName } from "../names/decode-name.ts";
import { decodePemBlock } from "../pem/pem.ts";
import { X509Error } from "../x509-error.ts";
import type { Certificate } from "./certificate.ts";
import { type Extension, extensionOid } from "./extension.ts";
import { decodeExtKeyUsage, decodeKeyUsage } from "./key-usage.ts";
import { parseExtensions } from "./parse-extensions.ts";
import { signatureAlgorithmOf } from "./signature-algorithm.ts";
import { decodeSubjectAltNames } from "./subject-alt-names.ts";

/** Label of a certificate's PEM block. */
export const certificateLabel = "CERTIFICATE";

/**
 * Reads a certificate from DER, or from the first `CERTIFICATE` block of a PEM text. Version 3 only. It proves
 * nothing: see `verifySignature` and `verifyIssuedBy`.
 *
 * @throws X509Error MALFORMED, TOO_LARGE or UNSUPPORTED; hostile input does nothing worse.
 */
export function parseCertificate(input: Uint8Array | string): Certificate {
  const der = typeof input === "string" ? decodePemBlock(input, [certificateLabel]).der : input;
  const file = new DerReader(der);
  const outer = file.enter();
  file.end();
  const tbs = outer.read(tag.sequence);
  const algorithm = outer.read(tag.sequence).encoding;
  const signature = outer.readBitString();
  outer.end();
  return {
    der,
    tbs: tbs.encoding,
    signature,
    signatureAlgorithm: signatureAlgorithmOf(algorithm),
    ...parseTbs(tbs.encoding, algorithm),
  };
}

function parseTbs(encoding: Uint8Array, outerAlgorithm: Uint8Array) {
  const tbs = new DerReader(encoding).enter();
  readVersion(tbs);
  const serialNumber = readSerial(tbs.read(tag.integer).content);
  // RFC 5280 section 4.1.1.2: both algorithm fields are the same, else an unsigned one could be swapped.
  if (Buffer.compare(tbs.read(tag.sequence).encoding, outerAlgorithm) !== 0) {
    throw new X509Error("MALFORMED", "the two signature algorithms of the certificate differ");
  }
  const issuerDer = tbs.read(tag.sequence).encoding;
  const validity = tbs.enter();
  const notBeforeAt = decodeTime(validity.read());
  const notAfterAt = decodeTime(validity.read());
  validity.end();
  const subjectDer = tbs.read(tag.sequence).encoding;
  const spki = tbs.read(tag.sequence).encoding;
  const extensions = readExtensions(tbs);
  tbs.end();
  const names = { issuerDer, issuer: decodeName(issuerDer), subjectDer, subject: decodeName(subjectDer) };
  return { serialNumber, ...names, notBeforeAt, notAfterAt, spki, extensions, ...interpret(extensions) };
}

function readVersion(tbs: DerReader): void {
  const version = tbs.enter(contextConstructed(0)).read(tag.integer).content;
  if (version.length !== 1 || version[0] !== 2) {
    throw new X509Error("UNSUPPORTED", "only certificates of version 3 are read");
  }
}

function readSerial(content: Uint8Array): bigint {
  const [first = 0xff, second = 0] = content;
  const isMinimal = content.length === 1 || first !== 0 || second >= 0x80;
  if (first >= 0x80 || content.length > 21 || !isMinimal) {
    throw new X509Error(
      "MALFORMED",
      "the serial number of the certificate is negative, too long or not minimal",
    );
  }
  return BigInt(`0x${Buffer.from(content).toString("hex")}`);
}

function readExtensions(tbs: DerReader): Extension[] {
  if (tbs.nextTag !== contextConstructed(3)) return [];
  const wrapper = tbs.enter(contextConstructed(3));
  const extensions = parseExtensions(wrapper.enter());
  wrapper.end();
  if (extensions.length === 0) {
    throw new X509Error("MALFORMED", "the certificate has a list of extensions with nothing in it");
  }
  return extensions;
}

function interpret(extensions: readonly Extension[]) {
  const value = (name: keyof typeof extensionOid) =>
    extensions.find((one) => one.oid === extensionOid[name])?.value;
  const [constraints, keyUsage, extKeyUsage] = [
    value("basicConstraints"),
    value("keyUsage"),
    value("extKeyUsage"),
  ];
  const [sans, subjectKeyId, authorityKeyId] = [
    value("subjectAltNames"),
    value("subjectKeyId"),
    value("authorityKeyId"),
  ];
  return {
    isCa: constraints !== undefined && readIsCa(constraints),
    keyUsage: keyUsage && decodeKeyUsage(keyUsage),
    extKeyUsage: extKeyUsage && decodeExtKeyUsage(extKeyUsage),
    sans: sans === undefined ? { dns: [], ip: [], uri: [] } : decodeSubjectAltNames(sans),
    subjectKeyId: subjectKeyId && new DerReader(subjectKeyId).read(tag.octetString).content,
    authorityKeyId:
      authorityKeyId && new DerReader(authorityKeyId).enter().readOptional(contextPrimitive(0))?.content,
  };
}

function readIsCa(value: Uint8Array): boolean {
  const outer = new DerReader(value);
  const fields = outer.enter();
  outer.end();
  const flag = fields.readOptional(tag.boolean)?.content;
  fields.readOptional(tag.integer);
  fields.end();
  // DER writes no FALSE here, and one TRUE: readers that differ on the others would differ on who is a CA.
  if (flag !== undefined && (flag.length !== 1 || flag[0] !== 0xff)) {
    throw new X509Error("MALFORMED", "the basic constraints of the certificate are malformed");
  }
  return flag !== undefined;
}
