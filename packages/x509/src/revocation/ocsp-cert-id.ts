import { createHash } from "node:crypto";
import type { Certificate } from "../certificates/certificate.ts";
import { DerReader } from "../der/der-reader.ts";
import { decodeOid } from "../der/oid.ts";
import { tag } from "../der/tag.ts";
import { X509Error } from "../x509-error.ts";
import { ocspOid } from "./ocsp-oid.ts";
import { readSerialNumber } from "./serial-number.ts";

/** Which certificate an OCSP client asks for (CertID, RFC 6960 section 4.1.1). */
export interface OcspCertId {
  /** The whole DER: an answer repeats it octet by octet. */
  readonly der: Uint8Array;
  /** With what the two hashes were made; `other` matches no CA, so that the answer is `unknown`. */
  readonly hash: "sha1" | "sha256" | "other";
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serialNumber: bigint;
}

/** Reads the next element as a CertID. */
export function readCertId(reader: DerReader): OcspCertId {
  const der = reader.read(tag.sequence).encoding;
  const id = new DerReader(der).enter();
  const algorithm = id.enter();
  const hash = hashOf(decodeOid(algorithm.read(tag.oid).content));
  readParameters(algorithm);
  const issuerNameHash = id.read(tag.octetString).content;
  const issuerKeyHash = id.read(tag.octetString).content;
  const serialNumber = readSerialNumber(id);
  id.end();
  return { der, hash, issuerNameHash, issuerKeyHash, serialNumber };
}

function hashOf(oid: string): OcspCertId["hash"] {
  if (oid === ocspOid.sha1) return "sha1";
  return oid === ocspOid.sha256 ? "sha256" : "other";
}

/** Clients write NULL or nothing. */
function readParameters(algorithm: DerReader): void {
  const parameters = algorithm.readOptional(tag.null);
  algorithm.end();
  if (parameters !== undefined && parameters.content.length > 0) {
    throw new X509Error("MALFORMED", "the hash algorithm of an OCSP request is malformed");
  }
}

/** True where the certificate asked for is one of this CA's: name and key of the CA have the hashes of the question. */
export function isOcspIssuer(id: OcspCertId, ca: Pick<Certificate, "subjectDer" | "spki">): boolean {
  if (id.hash === "other") return false;
  const digest = (bytes: Uint8Array) => createHash(id.hash).update(bytes).digest();
  return digest(ca.subjectDer).equals(id.issuerNameHash) && digest(keyBits(ca.spki)).equals(id.issuerKeyHash);
}

/** The octets of the key in an SPKI, without tag, length and number of unused bits. */
export function keyBits(spki: Uint8Array): Uint8Array {
  const reader = new DerReader(spki).enter();
  reader.read(tag.sequence);
  return reader.readBitString();
}
