import { generateKeyPairSync } from "node:crypto";
import type { CertificateEntry } from "@sallyport/api/gen/sallyport/certificates/v1/certificate_inventory_service_pb";
import type { CredentialTexts, NodeClient } from "@sallyport/api/node";
import { fingerprint, formatPublicKeyLine, fromKeyObject } from "@sallyport/ssh";
import type { Cluster } from "@sallyport/testkit";
import { type Certificate, decodePemBlock, encodePem, exportSpki, parseCertificate } from "@sallyport/x509";

export const HOUR_MS = 3_600_000;

/** A key in both of its forms. */
export function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ssh = fromKeyObject(publicKey);
  return {
    privateKey,
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    sshLine: formatPublicKeyLine(ssh),
    sshFingerprint: fingerprint(ssh),
    tlsPem: encodePem("PUBLIC KEY", exportSpki(publicKey)),
  };
}

export type TestKey = ReturnType<typeof newKey>;

export interface IssuedPair {
  readonly ssh: string;
  readonly tls: string;
  readonly certificate: Certificate;
  readonly credentials: CredentialTexts;
}

/** Both certificates of a user for one key, asked for by the client. */
export async function issueBoth(
  cluster: Cluster,
  client: NodeClient,
  user: string,
  key: TestKey,
  wish: { readonly accessRequests?: readonly string[]; readonly ttlMs?: number } = {},
): Promise<IssuedPair> {
  const { ttlMs = HOUR_MS, ...rest } = wish;
  const { ssh, tls } = await client.certificates.generateUserCerts({
    user,
    expiresAt: cluster.clock.now() + ttlMs,
    sshPublicKey: key.sshLine,
    tlsPublicKey: key.tlsPem,
    ...rest,
  });
  const ca = cluster.server.rooms.keyring.host.tlsCertificates.join("");
  const certificate = parseCertificate(decodePemBlock(tls, ["CERTIFICATE"]).der);
  return { ssh, tls, certificate, credentials: { cert: tls, key: key.privatePem, ca } };
}

/** The serial number as `openssl x509 -serial` prints it. */
export const serialOf = ({ certificate }: IssuedPair): string =>
  certificate.serialNumber.toString(16).toUpperCase();

export const idsOf = (entries: readonly CertificateEntry[]): string[] =>
  entries.map(({ certificate }) => certificate?.id ?? "");
