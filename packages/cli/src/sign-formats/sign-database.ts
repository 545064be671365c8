import { isIP } from "node:net";
import { createCertificateRequest, encodePem, nameOid, parsePrivateKeyPem } from "@sallyport/x509";
import type { Client } from "../connection/client.ts";
import { served } from "../connection/served.ts";
import { trustedTlsCertificates, withNewline } from "../credentials/authorities.ts";
import { checkExpiry } from "../credentials/check-expiry.ts";
import { chooseAlgorithm, makeKey } from "../credentials/make-keys.ts";
import type { SignWish } from "./sign-format.ts";

/** What a database server is given. All of it is PEM. */
export interface DatabaseFiles {
  readonly privateKey: string;
  readonly certificate: string;
  /** The authorities whose clients it lets in. */
  readonly clientAuthorities: readonly string[];
}

const nanosPerMs = 1_000_000n;
/** Number of the requester by which the auth service knows that it is for a server. */
const requesterTctl = 1;

/** A new key with a certificate of a database server for the hosts; the first of them is its name. */
export async function signDatabase(
  client: Client,
  wish: SignWish,
  more: { readonly hosts?: readonly string[]; readonly hasOrganization?: boolean } = {},
): Promise<DatabaseFiles> {
  const { ClusterName, signatureAlgorithmSuite } = await client.ping();
  const key = await makeKey(chooseAlgorithm(signatureAlgorithmSuite, "tls"), "pem");
  const hosts = more.hosts ?? wish.hosts;
  const subject = [
    [{ oid: nameOid.commonName, value: hosts[0] ?? "" }],
    ...(more.hasOrganization === true ? [[{ oid: nameOid.organization, value: ClusterName }]] : []),
  ];
  const request = await createCertificateRequest({
    subject,
    key: parsePrivateKeyPem(key.privateKey),
    sans: { dns: hosts.filter((host) => isIP(host) === 0), ip: hosts.filter((host) => isIP(host) !== 0) },
  });
  const expiresAt = wish.now() + wish.ttlMs;
  const answer = client.auth.generateDatabaseCert({
    CSR: new TextEncoder().encode(encodePem("CERTIFICATE REQUEST", request)),
    ServerNames: [...hosts],
    TTL: BigInt(wish.ttlMs) * nanosPerMs,
    RequesterName: requesterTctl,
  });
  const { Cert, CACerts } = await served("certificates for databases", answer);
  const certificate = withNewline(new TextDecoder().decode(Cert));
  checkExpiry({ tls: certificate, ssh: "" }, expiresAt);
  const clientAuthorities = CACerts.map((pem) => withNewline(new TextDecoder().decode(pem)));
  return { privateKey: withNewline(key.privateKey), certificate, clientAuthorities };
}

/** The authorities that sign for databases, for those who need more than the certificates of clients. */
export async function databaseAuthorities(client: Client, type: "db" | "db_client"): Promise<string[]> {
  const { ClusterName } = await client.ping();
  return trustedTlsCertificates(
    await client.trust.getCertAuthority({ type, domain: ClusterName, includeKey: false }),
  );
}
