import { createHash } from "node:crypto";
import { DerReader } from "../der/der-reader.ts";
import { tag } from "../der/tag.ts";
import { exportSpki } from "../keys/public-key.ts";
import { isDistantKey, type SigningKey, visibleHalf } from "../keys/signing-key.ts";
import { encodeName } from "../names/encode-name.ts";
import type { Name } from "../names/name.ts";
import { X509Error } from "../x509-error.ts";
import type { Certificate } from "./certificate.ts";
import { type SignatureAlgorithm, signatureAlgorithmFor } from "./signature-algorithm.ts";

/**
 * A certificate authority made ready for signing: everything that does not change between certificates is
 * encoded once. Keep it as long as the key is in use.
 */
export interface CertificateIssuer {
  /** DER of the name that stands as issuer in what it signs. */
  readonly nameDer: Uint8Array;
  readonly key: SigningKey;
  readonly algorithm: SignatureAlgorithm;
  /** The AuthorityKeyIdentifier of what it signs; undefined leaves the extension out. */
  readonly keyId: Uint8Array | undefined;
}

/** An issuer from a name and a private key. */
export function createIssuer(ca: { name: Name; key: SigningKey; keyId?: Uint8Array }): CertificateIssuer {
  return {
    nameDer: encodeName(ca.name),
    key: requirePrivate(ca.key),
    algorithm: signatureAlgorithmFor(ca.key),
    keyId: ca.keyId,
  };
}

/**
 * An issuer from a CA certificate and its private key; name and key id are those of the certificate, octet by octet.
 *
 * @throws X509Error MISMATCH where the certificate is not that of a CA or not that of the key.
 */
export function issuerFromCertificate(certificate: Certificate, key: SigningKey): CertificateIssuer {
  if (!certificate.isCa) throw new X509Error("MISMATCH", "the certificate is not that of a CA");
  if (!exportSpki(visibleHalf(requirePrivate(key))).equals(certificate.spki)) {
    throw new X509Error("MISMATCH", "the private key is not that of the CA certificate");
  }
  return {
    nameDer: certificate.subjectDer,
    key,
    algorithm: signatureAlgorithmFor(key),
    keyId: certificate.subjectKeyId,
  };
}

function requirePrivate(key: SigningKey): SigningKey {
  if (!isDistantKey(key) && key.type !== "private")
    throw new X509Error("MISMATCH", "signing takes a private key");
  return key;
}

/** Key identifier of an SPKI: the first 160 bits of SHA-256 over the key's bits (RFC 7093 section 2, method 1). */
export function keyIdOf(spki: Uint8Array): Buffer {
  const outer = new DerReader(spki);
  const reader = outer.enter();
  outer.end();
  reader.read(tag.sequence);
  return createHash("sha256").update(reader.readBitString()).digest().subarray(0, 20);
}
