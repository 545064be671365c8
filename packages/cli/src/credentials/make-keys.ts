import { encodePrivateKeyFile, formatPublicKeyLine, fromKeyObject } from "@sallyport/ssh";
import {
  encodePem,
  encodePrivateKeyPem,
  exportSpki,
  type GeneratedKeyAlgorithm,
  generateKey,
} from "@sallyport/x509";

/** A new key: the private half as it is written to a file, the public one as the API takes it. */
export interface NewKey {
  readonly privateKey: string;
  /** PEM, for TLS certificates. */
  readonly publicPem: string;
  /** A line, for SSH certificates. */
  readonly publicLine: string;
}

/** Number of the suite in which a cluster still wants RSA for everything. */
const legacySuite = 1;
const fipsSuite = 3;

/** What keys of users are by the cluster's suite: its first keys are for TLS, the others for SSH alone. */
export function chooseAlgorithm(suite: number, use: "tls" | "ssh"): GeneratedKeyAlgorithm {
  if (suite === legacySuite) return "rsa-2048";
  return use === "ssh" && suite !== fipsSuite ? "ed25519" : "ecdsa-p256";
}

/** Made on this machine: the private key is never sent anywhere. `openssh` is the form of OpenSSH's own key files. */
export async function makeKey(algorithm: GeneratedKeyAlgorithm, form: "pem" | "openssh"): Promise<NewKey> {
  const { privateKey, publicKey } = await generateKey(algorithm);
  const isOwnForm = form === "openssh" && algorithm !== "rsa-2048";
  return {
    privateKey: isOwnForm ? encodePrivateKeyFile(privateKey) : encodePrivateKeyPem(privateKey),
    publicPem: encodePem("PUBLIC KEY", exportSpki(publicKey)),
    publicLine: formatPublicKeyLine(fromKeyObject(publicKey)),
  };
}
