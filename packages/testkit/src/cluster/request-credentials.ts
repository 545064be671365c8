import type { Client, UserCertificateWish } from "@sallyport/api";
import { encodePem, encodePrivateKeyPem, exportSpki, generateKey } from "@sallyport/x509";

/** A fresh key and the certificate that the cluster issues for it. */
export async function requestCredentials(
  client: Client,
  wish: Omit<UserCertificateWish, "tlsPublicKey">,
): Promise<{ cert: string; key: string }> {
  const { privateKey, publicKey } = await generateKey("ecdsa-p256");
  const tlsPublicKey = encodePem("PUBLIC KEY", exportSpki(publicKey));
  const { tls } = await client.certificates.generateUserCerts({ ...wish, tlsPublicKey });
  return { cert: tls, key: encodePrivateKeyPem(privateKey) };
}
