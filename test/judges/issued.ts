import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { emptyIdentity, identityToSubject } from "@sallyport/api";
import { formatPublicKeyLine, fromKeyObject } from "@sallyport/ssh";
import { type Cluster, startCluster } from "@sallyport/testkit";
import {
  createCertificateRequest,
  decodePemBlock,
  encodePem,
  encodePrivateKeyPem,
  exportSpki,
  generateKey,
  type Name,
  nameOid,
  smartCardExtensions,
} from "@sallyport/x509";
import { freePort } from "../openssh/sshd-host.ts";

const HOUR_NS = 3_600_000_000_000n;
const HOUR_MS = 3_600_000;

/** A certificate that the platform issued, with whatever is needed to judge it. */
export interface IssuedCertificate {
  /** What it is, in one word; also the name of its file. */
  readonly name: string;
  readonly der: Buffer;
  /** Type of the authority that signed it. */
  readonly ca: string;
  /** As `openssl verify -purpose` names what it is for. */
  readonly purposes: readonly ("sslclient" | "sslserver")[];
  readonly key: string | undefined;
}

/** Something signed that is no certificate. */
export interface IssuedList {
  readonly name: string;
  readonly der: Buffer;
  readonly ca: string;
}

/** One of everything that a cluster with all its settings issues. */
export interface Issued {
  readonly cluster: Cluster;
  readonly certificates: readonly IssuedCertificate[];
  /** The certificates of the authorities, by type. */
  readonly authorities: ReadonlyMap<string, Buffer>;
  readonly crls: readonly IssuedList[];
  readonly ocspResponses: readonly IssuedList[];
}

const caTypes = ["host", "user", "db", "db_client", "saml_idp", "spiffe", "awsra"];

/** Whether keys are RSA everywhere, or of the curves that are the default. */
export type Suite = "legacy" | "balanced-v1";

/** A cluster with one of everything issued; stop it. */
export async function issueEverything(suite: Suite = "balanced-v1"): Promise<Issued> {
  const address = `127.0.0.1:${await freePort()}`;
  const algorithm = suite === "legacy" ? "rsa-2048" : "ecdsa-p256";
  const newKey = () => makeKey(algorithm);
  const cluster = await startCluster({
    authService: { authentication: { signature_algorithm_suite: suite } },
    sallyport: { revocation_listen_addr: address, revocation_public_url: `http://${address}` },
  });
  try {
    await people(cluster);
    const certificates = [
      ...(await userCertificates(cluster, newKey)),
      ...(await serviceCertificates(cluster, newKey)),
      ...(await databaseCertificates(cluster, newKey)),
      await windowsCertificate(cluster, newKey),
      await workloadCertificate(cluster, newKey),
    ];
    await revokeOne(cluster);
    const authorities = new Map(await Promise.all(caTypes.map((type) => authorityOf(cluster, type))));
    return {
      cluster,
      certificates,
      authorities,
      crls: await Promise.all(caTypes.map((type) => crlOf(cluster, type))),
      ocspResponses: await ocspResponses(address, certificates, authorities),
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function people(cluster: Cluster): Promise<void> {
  const allow = {
    logins: ["ubuntu", "{{internal.logins}}"],
    db_users: ["app_rw"],
    db_names: ["orders"],
    kubernetes_groups: ["viewers"],
    rules: [{ resources: ["user"], verbs: ["list", "read"] }],
  };
  await cluster.addRole({ metadata: { name: "dev_ops" }, spec: { allow } });
  await cluster.addUser("alice@example.com", ["dev_ops"], { logins: ["älice", "root"] });
}

type NewKey = () => ReturnType<typeof makeKey>;

async function makeKey(algorithm: "rsa-2048" | "ecdsa-p256") {
  const { privateKey, publicKey } = await generateKey(algorithm);
  const spkiPem = encodePem("PUBLIC KEY", exportSpki(publicKey));
  return { privateKey, publicKey, spkiPem, pem: encodePrivateKeyPem(privateKey) };
}

const derOf = (pem: string | Uint8Array) =>
  Buffer.from(
    decodePemBlock(typeof pem === "string" ? pem : Buffer.from(pem).toString(), ["CERTIFICATE"]).der,
  );

const routes = {
  user: {},
  "user-database": {
    Usage: 3,
    RouteToDatabase: { ServiceName: "orders", Protocol: "postgres", Username: "app_rw", Database: "orders" },
  },
  "user-app": { Usage: 4, RouteToApp: { Name: "wiki", PublicAddr: "wiki.example.com", ClusterName: "" } },
} as const;

async function userCertificates(cluster: Cluster, newKey: NewKey): Promise<IssuedCertificate[]> {
  const seconds = BigInt(Math.floor((cluster.clock.now() + HOUR_MS) / 1000));
  const wishes = Object.entries(routes);
  return Promise.all(
    wishes.map(async ([name, route]): Promise<IssuedCertificate> => {
      const key = await newKey();
      const { TLS } = await cluster.admin().auth.generateUserCerts({
        Username: "alice@example.com",
        Expires: { seconds },
        TLSPublicKey: Buffer.from(key.spkiPem),
        ...route,
      });
      return { name, der: derOf(TLS), ca: "user", purposes: ["sslclient"], key: key.pem };
    }),
  );
}

async function serviceCertificates(cluster: Cluster, newKey: NewKey): Promise<IssuedCertificate[]> {
  const proxy = await cluster.connect(await cluster.systemIdentity("Proxy"));
  const key = await newKey();
  const { TLS } = await proxy.auth.generateHostCerts({
    HostID: proxy.identity.username.split(".")[0] ?? "",
    NodeName: "proxy-1",
    Role: "Proxy",
    AdditionalPrincipals: ["proxy.example.com", "192.0.2.7"],
    DNSNames: ["*.proxy.example.com"],
    PublicTLSKey: Buffer.from(key.spkiPem),
    PublicSSHKey: Buffer.from(formatPublicKeyLine(fromKeyObject(key.publicKey))),
  });
  const both = ["sslclient", "sslserver"] as const;
  return [
    { name: "service", der: derOf(TLS), ca: "host", purposes: both, key: key.pem },
    { name: "auth-server", der: await shownBy(cluster), ca: "host", purposes: both, key: undefined },
  ];
}

/** What the service itself shows to whoever connects. */
async function shownBy(cluster: Cluster): Promise<Buffer> {
  const { cert, key, ca } = await cluster.systemIdentity("Node");
  const [host, port] = cluster.address.split(":");
  return new Promise((resolve, reject) => {
    const options = { host, port: Number(port), cert, key, ca, servername: "teleport.cluster.local" };
    const socket = connectTls({ ...options, ALPNProtocols: ["h2"] }, () => {
      resolve(socket.getPeerCertificate().raw);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

async function databaseCertificates(cluster: Cluster, newKey: NewKey): Promise<IssuedCertificate[]> {
  const commonName = (value: string): Name => [[{ oid: nameOid.commonName, value }]];
  const { auth } = cluster.admin();
  const wish = async (
    parts: { readonly RequesterName?: number; readonly ServerNames?: string[] },
    name: string,
  ) => {
    const key = await newKey();
    const csr = await createCertificateRequest({ subject: commonName(name), key: key.privateKey });
    const CSR = Buffer.from(encodePem("CERTIFICATE REQUEST", csr));
    const { Cert } = await auth.generateDatabaseCert({ CSR, TTL: HOUR_NS, ...parts });
    return { der: derOf(Cert), key: key.pem };
  };
  const names = ["db.example.com", "db", "10.0.0.5"];
  const server = await wish({ RequesterName: 1, ServerNames: names }, "db.example.com");
  const client = await wish({}, "app_rw");
  return [
    { name: "db-server", ca: "db", purposes: ["sslserver"], ...server },
    { name: "db-client", ca: "db_client", purposes: ["sslclient"], ...client },
    await databaseSession(cluster, newKey),
  ];
}

/** What a proxy gets for the session of a user. */
async function databaseSession(cluster: Cluster, newKey: NewKey): Promise<IssuedCertificate> {
  const proxy = await cluster.connect(await cluster.systemIdentity("Proxy"));
  const identity = {
    ...emptyIdentity("alice@example.com"),
    roles: ["dev_ops"],
    teleportCluster: cluster.name,
    routeToCluster: cluster.name,
  };
  const key = await newKey();
  const csr = await createCertificateRequest({ subject: identityToSubject(identity), key: key.privateKey });
  const CSR = Buffer.from(encodePem("CERTIFICATE REQUEST", csr));
  const { Cert } = await proxy.auth.signDatabaseCSR({ CSR, ClusterName: cluster.name });
  return { name: "db-session", der: derOf(Cert), ca: "db", purposes: ["sslclient"], key: key.pem };
}

async function windowsCertificate(cluster: Cluster, newKey: NewKey): Promise<IssuedCertificate> {
  const key = await newKey();
  const csr = await createCertificateRequest({
    subject: [[{ oid: nameOid.commonName, value: "Administrator" }]],
    key: key.privateKey,
    extensions: smartCardExtensions({ upn: "Administrator@ad.example.com", sid: "S-1-5-21-1-2-3-500" }),
  });
  const CSR = Buffer.from(encodePem("CERTIFICATE REQUEST", csr));
  const CRLEndpoint =
    "ldap:///CN=test,CN=Teleport,CN=CDP,DC=ad,DC=example,DC=com?certificateRevocationList?base";
  const { Cert } = await cluster.admin().auth.generateWindowsDesktopCert({ CSR, CRLEndpoint, TTL: HOUR_NS });
  const der = Cert[0] === 0x30 ? Buffer.from(Cert) : derOf(Cert);
  return { name: "windows", der, ca: "user", purposes: ["sslclient"], key: key.pem };
}

async function workloadCertificate(cluster: Cluster, newKey: NewKey): Promise<IssuedCertificate> {
  const rules = [{ resources: ["workload_identity"], verbs: ["list", "read"] }];
  const allow = { workload_identity_labels: { "*": ["*"] }, rules };
  await cluster.addRole({ metadata: { name: "workloads" }, spec: { allow } });
  await cluster.addUser("deployer", ["workloads"]);
  await cluster.admin().workloadIdentities.create({
    kind: "workload_identity",
    version: "v1",
    metadata: { name: "web", labels: { env: "prod" } },
    spec: { spiffe: { id: "/web", x509: { dnsSans: ["web.example.com"] } } },
  });
  const deployer = await cluster.connect(await cluster.credentials("deployer"));
  const key = await newKey();
  const { credential } = await deployer.workloadIdentityIssuance.issueWorkloadIdentity({
    name: "web",
    credential: { case: "x509SvidParams", value: { publicKey: exportSpki(key.publicKey) } },
  });
  const der =
    credential?.credential.case === "x509Svid" ? credential.credential.value.cert : new Uint8Array();
  const both = ["sslclient", "sslserver"] as const;
  return { name: "workload", der: Buffer.from(der), ca: "spiffe", purposes: both, key: key.pem };
}

async function revokeOne(cluster: Cluster): Promise<void> {
  await cluster.admin().certificateInventory.revokeCertificates({
    selector: { case: "user", value: "alice@example.com" },
    reason: "for the list",
  });
}

async function authorityOf(cluster: Cluster, type: string): Promise<[string, Buffer]> {
  const wish = { type, domain: cluster.name, includeKey: false };
  const { Spec } = await cluster.admin().trust.getCertAuthority(wish);
  return [type, derOf(Spec?.ActiveKeys?.TLS[0]?.Cert ?? "")];
}

async function crlOf(cluster: Cluster, ca: string): Promise<IssuedList> {
  const { crl } = await cluster.admin().certificateInventory.getCrl({ caType: ca });
  return { name: ca, der: Buffer.from(crl), ca };
}

/** What openssl is answered: good, revoked and unknown. */
async function ocspResponses(
  address: string,
  certificates: readonly IssuedCertificate[],
  authorities: ReadonlyMap<string, Buffer>,
): Promise<IssuedList[]> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-ocsp-"));
  const file = (name: string, der: Buffer) => {
    const path = join(folder, name);
    writeFileSync(path, encodePem("CERTIFICATE", der));
    return path;
  };
  const asked = async (name: string, ca: string, question: readonly string[]): Promise<IssuedList> => {
    const issuer = file(`${name}-ca.pem`, authorities.get(ca) ?? Buffer.of());
    const response = join(folder, `${name}.ocsp`);
    const url = `http://${address}/ocsp/${ca}`;
    const who = ["-issuer", issuer, "-CAfile", issuer, ...question];
    await promisify(execFile)("openssl", ["ocsp", ...who, "-url", url, "-respout", response]);
    return { name, der: readFileSync(response), ca };
  };
  const certificate = (name: string) => {
    const found = certificates.find((one) => one.name === name);
    return ["-cert", file(`${name}.pem`, found?.der ?? Buffer.of())];
  };
  try {
    return [
      await asked("good", "host", certificate("service")),
      await asked("revoked", "user", certificate("user")),
      await asked("unknown", "user", ["-serial", "0x1234"]),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
