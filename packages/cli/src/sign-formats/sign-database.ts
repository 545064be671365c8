import { isIP } from "node:net";
import {
  createCertificateRequest,
  encodePem,
  type Name,
  nameOid,
  parsePrivateKeyPem,
  type SubjectAltNames,
} from "@sallyport/x509";
import type { Client } from "../connection/client.ts";
import { served } from "../connection/served.ts";
import { trustedTlsCertificates, withNewline } from "../credentials/authorities.ts";
import { checkExpiry } from "../credentials/check-expiry.ts";
import { makeKey } from "../credentials/make-keys.ts";
import type { SignWish } from "./sign-format.ts";

/** What a database server or a client of it is given. All of it is PEM. */
export interface DatabaseFiles {
  readonly privateKey: string;
  readonly certificate: string;
  /** The authorities of the other side. */
  readonly authorities: readonly string[];
}

const nanosPerMs = 1_000_000n;
/** By the requester the auth service knows whether it is for a server. */
const requester = { server: 1, client: 0 } as const;

/** In every suite, as the authorities of databases are: products among them and their drivers know no curves. */
const keyOfDatabases = "rsa-2048";

/** A new key with a certificate of a database server for the hosts; the first of them is its name. */
export async function signDatabase(
  client: Client,
  wish: SignWish,
  more: { readonly hosts?: readonly string[]; readonly hasOrganization?: boolean } = {},
): Promise<DatabaseFiles> {
  const hosts = more.hosts ?? wish.hosts;
  const sans = {
    dns: hosts.filter((host) => isIP(host) === 0),
    ip: hosts.filter((host) => isIP(host) !== 0),
  };
  const commonName = [{ oid: nameOid.commonName, value: hosts[0] ?? "" }];
  if (more.hasOrganization !== true)
    return requestFiles(client, wish, { subject: [commonName], sans }, hosts);
  const { ClusterName } = await client.ping();
  const subject = [commonName, [{ oid: nameOid.organization, value: ClusterName }]];
  return requestFiles(client, wish, { subject, sans }, hosts);
}

/** A new key with a certificate by which a client is an account of database servers. */
export function signDatabaseAccount(client: Client, wish: SignWish, account: string): Promise<DatabaseFiles> {
  const subject = [[{ oid: nameOid.commonName, value: account }]];
  return requestFiles(client, wish, { subject }, []);
}

/** For a server where there are hosts, else for a client. */
async function requestFiles(
  client: Client,
  wish: SignWish,
  names: { readonly subject: Name; readonly sans?: SubjectAltNames },
  hosts: readonly string[],
): Promise<DatabaseFiles> {
  const key = await makeKey(keyOfDatabases, "pem");
  const request = await createCertificateRequest({ ...names, key: parsePrivateKeyPem(key.privateKey) });
  const expiresAt = wish.now() + wish.ttlMs;
  const answer = client.auth.generateDatabaseCert({
    CSR: new TextEncoder().encode(encodePem("CERTIFICATE REQUEST", request)),
    ServerNames: [...hosts],
    TTL: BigInt(wish.ttlMs) * nanosPerMs,
    RequesterName: hosts.length > 0 ? requester.server : requester.client,
  });
  const { Cert, CACerts } = await served("certificates for databases", answer);
  const certificate = withNewline(new TextDecoder().decode(Cert));
  checkExpiry({ tls: certificate, ssh: "" }, expiresAt);
  const authorities = CACerts.map((pem) => withNewline(new TextDecoder().decode(pem)));
  return { privateKey: withNewline(key.privateKey), certificate, authorities };
}

/** The authorities that sign for databases, for those who need more than the certificates of clients. */
export async function databaseAuthorities(client: Client, type: "db" | "db_client"): Promise<string[]> {
  const { ClusterName } = await client.ping();
  return trustedTlsCertificates(
    await client.trust.getCertAuthority({ type, domain: ClusterName, includeKey: false }),
  );
}
