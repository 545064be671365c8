import { emptyIdentity, type Identity, identityToSubject } from "@sallyport/api";
import {
  type CertificateIssuer,
  encodePem,
  encodePrivateKeyPem,
  generateKey,
  issueCertificate,
} from "@sallyport/x509";

/** What a certificate says, for those that no API call gives: of services, expired ones, of strangers. */
export interface CertificateWish {
  readonly issuer: CertificateIssuer;
  readonly username: string;
  readonly clusterName: string;
  /** Fields that differ from an identity that has only a name. */
  readonly identity?: Partial<Identity> | undefined;
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
}

/** A fresh key with a certificate that says exactly what is wished. */
export async function signCredentials(wish: CertificateWish): Promise<{ cert: string; key: string }> {
  const { privateKey, publicKey } = await generateKey("ecdsa-p256");
  const identity = {
    ...emptyIdentity(wish.username),
    teleportCluster: wish.clusterName,
    ...wish.identity,
  };
  const der = await issueCertificate({
    issuer: wish.issuer,
    subject: identityToSubject(identity),
    publicKey,
    notBeforeAt: wish.notBeforeAt,
    notAfterAt: wish.notAfterAt,
    keyUsage: ["digitalSignature"],
    extKeyUsage: ["serverAuth", "clientAuth"],
  });
  return { cert: encodePem("CERTIFICATE", der), key: encodePrivateKeyPem(privateKey) };
}
