import type { KeyObject } from "node:crypto";
import { DerReader } from "../der/der-reader.ts";
import { encodeOid } from "../der/oid.ts";
import { contextConstructed, tag } from "../der/tag.ts";
import { bitString, element, sequence, setOf, unsignedInteger } from "../der/write-der.ts";
import { exportSpki, parsePublicKey } from "../keys/public-key.ts";
import { decodeName } from "../names/decode-name.ts";
import { encodeName } from "../names/encode-name.ts";
import type { Name } from "../names/name.ts";
import { decodePemBlock } from "../pem/pem.ts";
import { X509Error } from "../x509-error.ts";
import { type Extension, encodeExtension, extensionOid } from "./extension.ts";
import { parseExtensions } from "./parse-extensions.ts";
import {
  signatureAlgorithmFor,
  signatureAlgorithmOf,
  signBytes,
  verifyBytes,
} from "./signature-algorithm.ts";
import { decodeSubjectAltNames, encodeSubjectAltNames, type SubjectAltNames } from "./subject-alt-names.ts";

const extensionRequest = "1.2.840.113549.1.9.14";
const labels = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/** A PKCS#10 request (RFC 2986) whose signature was verified: the holder of the key asks for these names. */
export interface CertificateRequest {
  readonly subject: Name;
  readonly subjectDer: Uint8Array;
  readonly spki: Uint8Array;
  readonly publicKey: KeyObject;
  readonly sans: Required<SubjectAltNames>;
  readonly extensions: readonly Extension[];
}

/** Writes a request, signed by the key it is for; resolves to its DER. */
export async function createCertificateRequest(template: {
  readonly subject: Name;
  readonly key: KeyObject;
  readonly sans?: SubjectAltNames;
  /** Further extensions, asked for after the names. */
  readonly extensions?: readonly Extension[];
}): Promise<Buffer> {
  const algorithm = signatureAlgorithmFor(template.key);
  const info = sequence(
    unsignedInteger(0n),
    encodeName(template.subject),
    exportSpki(template.key),
    element(contextConstructed(0), ...encodeAttributes(template.sans ?? {}, template.extensions ?? [])),
  );
  const signature = await signBytes(algorithm, info, template.key);
  return sequence(info, algorithm.identifier, bitString(signature));
}

function encodeAttributes(sans: SubjectAltNames, further: readonly Extension[]): Buffer[] {
  const value = encodeSubjectAltNames(sans);
  const names = value === undefined ? [] : [{ oid: extensionOid.subjectAltNames, critical: false, value }];
  const extensions = [...names, ...further].map(encodeExtension);
  if (extensions.length === 0) return [];
  return [sequence(encodeOid(extensionRequest), setOf([sequence(...extensions)]))];
}

/**
 * Reads a request from DER or PEM and verifies that the holder of its key signed it.
 *
 * @throws X509Error MALFORMED, TOO_LARGE, UNSUPPORTED, WEAK_KEY, or MISMATCH where the signature is not the key's.
 */
export function parseCertificateRequest(input: Uint8Array | string): CertificateRequest {
  const file = new DerReader(typeof input === "string" ? decodePemBlock(input, labels).der : input);
  const outer = file.enter();
  file.end();
  const info = outer.read(tag.sequence);
  const algorithm = signatureAlgorithmOf(outer.read(tag.sequence).encoding);
  const signature = outer.readBitString();
  outer.end();
  const request = parseInfo(new DerReader(info.encoding).enter());
  if (!verifyBytes(algorithm, info.encoding, request.publicKey, signature)) {
    throw new X509Error("MISMATCH", "the certificate request is not signed by its own key");
  }
  return request;
}

function parseInfo(info: DerReader): CertificateRequest {
  const version = info.read(tag.integer).content;
  if (version.length !== 1 || version[0] !== 0) {
    throw new X509Error("UNSUPPORTED", "only certificate requests of version 1 are read");
  }
  const subjectDer = info.read(tag.sequence).encoding;
  const spki = info.read(tag.sequence).encoding;
  const extensions = parseAttributes(info.enter(contextConstructed(0)));
  info.end();
  const sans = extensions.find((one) => one.oid === extensionOid.subjectAltNames);
  return {
    subject: decodeName(subjectDer),
    subjectDer,
    spki,
    publicKey: parsePublicKey(spki),
    sans: sans === undefined ? { dns: [], ip: [], uri: [] } : decodeSubjectAltNames(sans.value),
    extensions,
  };
}

function parseAttributes(attributes: DerReader): Extension[] {
  const extensionRequestOid = encodeOid(extensionRequest);
  let extensions: Extension[] | undefined;
  while (!attributes.done) {
    const attribute = attributes.enter();
    const oid = attribute.read(tag.oid).encoding;
    const values = attribute.enter(tag.set);
    attribute.end();
    if (!extensionRequestOid.equals(oid)) continue;
    if (extensions !== undefined) throw new X509Error("MALFORMED", "the request asks for extensions twice");
    extensions = parseExtensions(values.enter());
    values.end();
  }
  return extensions ?? [];
}
