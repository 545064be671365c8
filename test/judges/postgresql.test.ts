import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { decodePemBlock, encodePem, parseCertificate } from "@sallyport/x509";
import { type DatabaseCertificate, issueDatabaseCertificate } from "./database-certificates.ts";
import { needsPostgres, PostgresServer } from "./postgres-server.ts";
import { TctlFolder } from "./tctl-folder.ts";

/** What libpq is given as `sslcert` and `sslkey`. */
interface ClientFiles {
  readonly sslcert: string;
  readonly sslkey: string;
}

describe("PostgreSQL, with clientcert=verify-full and sslmode=verify-full", {
  ...needsPostgres,
  timeout: 60_000,
}, () => {
  let cluster: Cluster;
  let other: Cluster;
  let folder: TctlFolder;
  let postgres: PostgresServer;
  let dbCa: string;
  let app: DatabaseCertificate;

  before(async () => {
    // The same name, other keys: only signatures tell them apart.
    [cluster, other] = await Promise.all([startCluster(), startCluster()]);
    await cluster.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["ubuntu"] } } });
    for (const name of ["alice", "bob"]) await cluster.addUser(name, ["dev"]);
    folder = await TctlFolder.of(cluster);
    await folder.tctl("auth", "sign", "--format=db", "--host=localhost,db.example.com", "--out=server");
    app = await issueDatabaseCertificate(cluster.admin(), "client", "app");
    dbCa = folder.write("db-ca.pem", app.cas);
    const people = cluster.server.rooms.keyring.user.tlsCertificates.join("");
    const files = {
      certificate: folder.read("server.crt"),
      key: folder.read("server.key"),
      clientCas: `${folder.read("server.cas")}${people}`,
    };
    postgres = await PostgresServer.start(files, ["app", "other", "alice", "bob"]);
  });
  after(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await Promise.all([cluster?.stop(), other?.stop()]);
    folder?.[Symbol.dispose]();
  });

  let made = 0;
  const filesOf = ({ certificate, key }: Pick<DatabaseCertificate, "certificate" | "key">): ClientFiles => {
    made += 1;
    return { sslcert: folder.write(`${made}.crt`, certificate), sslkey: folder.write(`${made}.key`, key) };
  };
  const personFiles = async (user: string, from = cluster) => {
    const { cert, key } = await from.credentials(user);
    return filesOf({ certificate: cert, key });
  };
  const ask = (user: string, files: ClientFiles | object, more: Readonly<Record<string, string>> = {}) =>
    postgres.ask({ user, sslmode: "verify-full", sslrootcert: dbCa, ...files, ...more });

  async function assertIn(user: string, files: ClientFiles, more = {}): Promise<void> {
    assert.deepEqual(await ask(user, files, more), { code: 0, stdout: `${user}\n`, stderr: "" });
  }
  async function assertRefused(
    words: RegExp,
    user: string,
    files: ClientFiles | object,
    more = {},
  ): Promise<void> {
    const { code, stdout, stderr } = await ask(user, files, more);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, words);
  }

  it("lets a program in by the certificate of a database account, and only as that account", async () => {
    await assertIn("app", filesOf(app));
    await assertRefused(/certificate authentication failed for user "other"/, "other", filesOf(app));
  });

  it("lets a person in by the certificate that the API is used with, and only as that person", async () => {
    const alice = await personFiles("alice");
    await assertIn("alice", alice);
    await assertRefused(/certificate authentication failed for user "bob"/, "bob", alice);
  });

  it("lets nobody in without a certificate", async () => {
    const nothing = { sslcert: folder.in("none"), sslkey: folder.in("none") };
    await assertRefused(/requires a valid client certificate/, "app", nothing);
  });

  it("refuses a certificate that has ended", async () => {
    const ended = await issueDatabaseCertificate(cluster.admin(), "client", "app", 1);
    await assertRefused(/expired/, "app", filesOf(ended));
    const { cert, key } = await cluster.expiredIdentity("alice");
    await assertRefused(/expired/, "alice", filesOf({ certificate: cert, key }));
  });

  it("refuses those of a cluster that has the same name", async () => {
    const foreign = await issueDatabaseCertificate(other.admin(), "client", "app");
    await assertRefused(/alert|certificate verify failed|SSL error/, "app", filesOf(foreign));
    const stranger = await cluster.foreignIdentity("alice");
    await assertRefused(
      /alert|SSL error/,
      "alice",
      filesOf({ certificate: stranger.cert, key: stranger.key }),
    );
  });

  it("refuses what the cluster issued for something else: servers, hosts", async () => {
    const server = await issueDatabaseCertificate(cluster.admin(), "server", "app");
    await assertRefused(/alert|SSL error/, "app", filesOf(server));
    const host = await cluster.systemIdentity("Db");
    await assertRefused(/alert|SSL error/, "app", filesOf({ certificate: host.cert, key: host.key }));
  });

  it("is believed by clients under its names alone, and only by who trusts its authority", async () => {
    const files = filesOf(app);
    await assertIn("app", files, { host: "db.example.com" });
    await assertRefused(/does not match host name "elsewhere.example.com"/, "app", files, {
      host: "elsewhere.example.com",
    });
    const { cas } = await issueDatabaseCertificate(other.admin(), "client", "app");
    await assertRefused(/certificate verify failed/, "app", files, {
      sslrootcert: folder.write("other-ca.pem", cas),
    });
  });

  async function listOf(caType: string): Promise<string> {
    const { crl } = await cluster.admin().certificateInventory.getCrl({ caType });
    return encodePem("X509 CRL", crl);
  }
  async function revoke(by: "serial" | "user", value: string): Promise<void> {
    await cluster.admin().certificateInventory.revokeCertificates({ selector: { case: by, value } });
  }

  it("threat 18: refuses what was revoked, once it has the new lists, and lets the others in", async () => {
    const stolen = await issueDatabaseCertificate(cluster.admin(), "client", "app");
    const [app2, alice, bob] = [filesOf(stolen), await personFiles("alice"), await personFiles("bob")];
    await assertIn("app", app2);
    await assertIn("bob", bob);
    await revoke("serial", stolen.serial);
    await revoke("user", "bob");
    postgres.write("clients.crl", `${await listOf("db_client")}${await listOf("user")}`);
    postgres.configure("clients.crl");
    await postgres.restart();
    await assertRefused(/revoked/, "app", app2);
    await assertRefused(/revoked/, "bob", bob);
    await assertIn("app", filesOf(app));
    await assertIn("alice", alice);
  });

  it("threat 18: is not believed by clients that have a list with its certificate on it", async () => {
    const files = filesOf(app);
    const { serialNumber } = parseCertificate(decodePemBlock(folder.read("server.crt"), ["CERTIFICATE"]).der);
    await assertIn("app", files, { sslcrl: folder.write("before.crl", await listOf("db")) });
    await revoke("serial", serialNumber.toString(16));
    const sslcrl = folder.write("after.crl", await listOf("db"));
    await assertRefused(/certificate verify failed/, "app", files, { sslcrl });
  });

  it("lets nobody of an authority in that has no list, once another one has", async () => {
    const alice = await personFiles("alice");
    postgres.write("clients.crl", await listOf("user"));
    await postgres.restart();
    await assertIn("alice", alice);
    await assertRefused(/unknown ca/, "app", filesOf(app));
  });

  it("takes people's certificates only where it has names for the attributes, programs' everywhere", async () => {
    postgres.configure();
    await postgres.restart({ hasNames: false });
    await assertRefused(/could not get NID for ASN1_OBJECT object/, "alice", await personFiles("alice"));
    await assertIn("app", filesOf(app));
  });
});
