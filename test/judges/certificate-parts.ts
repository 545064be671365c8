import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { encodeOid } from "../../packages/x509/src/der/oid.ts";
import { bitString, derTrue, element, octetString, sequence } from "../../packages/x509/src/der/write-der.ts";

/** Parts of a certificate, each as its DER, so that any of them can be wrong. */
export interface CertificateParts {
  readonly version: Buffer;
  readonly serial: Buffer;
  /** Inside what is signed. */
  readonly innerAlgorithm: Buffer;
  readonly issuer: Buffer;
  readonly notBefore: Buffer;
  readonly notAfter: Buffer;
  readonly subject: Buffer;
  readonly spki: Buffer;
  readonly extensions: readonly Buffer[];
  /** Stands after the extensions, where nothing may. */
  readonly afterExtensions: Buffer;
  readonly outerAlgorithm: Buffer;
  /** Changes the finished signature. */
  readonly signature: (made: Buffer) => Buffer;
  readonly signer: KeyObject;
  /** Changes the finished certificate. */
  readonly whole: (made: Buffer) => Buffer;
}

/** Puts the parts together and signs them by ECDSA with SHA-256, whatever they say. */
export function buildCertificate(parts: CertificateParts): Buffer {
  const { extensions, afterExtensions, signer } = parts;
  const tbs = sequence(
    parts.version,
    parts.serial,
    parts.innerAlgorithm,
    parts.issuer,
    sequence(parts.notBefore, parts.notAfter),
    parts.subject,
    parts.spki,
    ...(extensions.length === 0 ? [] : [element(0xa3, sequence(...extensions))]),
    afterExtensions,
  );
  const signature = parts.signature(bitString(sign("sha256", tbs, signer)));
  return parts.whole(sequence(tbs, parts.outerAlgorithm, signature));
}

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
export const ecdsaSha256 = hex("300a 06082a8648ce3d040302");
export const time = (text: string): Buffer => element(text.length === 13 ? 0x17 : 0x18, Buffer.from(text));
export const utcTime = (at: number): Buffer =>
  time(`${new Date(at).toISOString().slice(2, 19).replaceAll(/[-T:]/g, "")}Z`);
export const newSigner = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

/** An extension; the object identifier is dotted. */
export const extension = (oid: string, value: Buffer, critical = false): Buffer =>
  critical
    ? sequence(encodeOid(oid), derTrue, octetString(value))
    : sequence(encodeOid(oid), octetString(value));

export const oidOf = {
  keyUsage: "2.5.29.15",
  subjectAltNames: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  authorityKeyId: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
} as const;
