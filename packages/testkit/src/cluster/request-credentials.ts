import type { Client, UserCertificateWish } from "@sallyport/api";
import { systemClock } from "@sallyport/server";
import {
  type CertificateIssuer,
  decodePemBlock,
  encodePem,
  encodePrivateKeyPem,
  exportSpki,
  generateKey,
  issueCertificate,
  parseCertificate,
} from "@sallyport/x509";

const SKEW_MS = 60_000;

/** A fresh key and the certificate that the cluster issues for it, valid by the cluster's time and the real one. */
export async function requestCredentials(
  client: Client,
  wish: Omit<UserCertificateWish, "tlsPublicKey">,
  issuer: CertificateIssuer,
): Promise<{ cert: string; key: string }> {
  const { privateKey, publicKey } = await generateKey("ecdsa-p256");
  const tlsPublicKey = encodePem("PUBLIC KEY", exportSpki(publicKey));
  const { tls } = await client.certificates.generateUserCerts({ ...wish, tlsPublicKey });
  return { cert: await backdate(tls, issuer), key: encodePrivateKeyPem(privateKey) };
}

/** Clients go by the real time, by which a cluster that was moved ahead issues certificates of the future. */
async function backdate(pem: string, issuer: CertificateIssuer): Promise<string> {
  const issued = parseCertificate(decodePemBlock(pem, ["CERTIFICATE"]).der);
  const now = systemClock.now();
  if (issued.notBeforeAt <= now) return pem;
  const der = await issueCertificate({
    issuer,
    subject: issued.subject,
    publicKey: issued.spki,
    serialNumber: issued.serialNumber,
    notBeforeAt: now - SKEW_MS,
    notAfterAt: issued.notAfterAt,
    keyUsage: issued.keyUsage ?? [],
    extKeyUsage: ["serverAuth", "clientAuth"],
  });
  return encodePem("CERTIFICATE", der);
}
