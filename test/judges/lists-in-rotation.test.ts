import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { type DatabaseCertificate, issueDatabaseCertificate } from "./database-certificates.ts";
import { NginxServer, needsNginx } from "./nginx-server.ts";
import { needsPostgres, PostgresServer } from "./postgres-server.ts";
import { TctlFolder } from "./tctl-folder.ts";

/** Each side of a rotation with one certificate that is good and one that is revoked. */
const names = ["old_good", "old_bad", "new_good", "new_bad"] as const;
const isGood = (name: string) => name.endsWith("good");

describe("threat 18: the lists of an authority in the midst of a rotation", { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let folder: TctlFolder;
  /** Authorities of clients, both. */
  let clientCas: string;
  let lists: string;
  const issued = new Map<string, DatabaseCertificate>();
  const of = (name: string) => issued.get(name) ?? assert.fail(name);

  before(async () => {
    cluster = await startCluster();
    folder = await TctlFolder.of(cluster);
    await folder.tctl("auth", "sign", "--format=db", "--host=localhost", "--out=server");
    const issue = async (name: string) =>
      issued.set(name, await issueDatabaseCertificate(cluster.admin(), "client", name));
    for (const name of names.slice(0, 2)) await issue(name);
    for (const targetPhase of ["init", "update_clients"]) {
      await cluster.admin().trust.rotateCertAuthority({ type: "db_client", targetPhase, mode: "manual" });
    }
    for (const name of names.slice(2)) await issue(name);
    for (const name of names) {
      if (isGood(name)) continue;
      const selector = { case: "serial", value: of(name).serial } as const;
      await cluster.admin().certificateInventory.revokeCertificates({ selector });
    }
    clientCas = (await issueDatabaseCertificate(cluster.admin(), "server", "localhost")).cas;
    await folder.tctl("auth", "crl", "--type=db_client", "--format=pem", "--out=clients.crl");
    lists = folder.read("clients.crl");
  });
  after(async () => {
    await cluster?.stop();
    folder?.[Symbol.dispose]();
  });

  function verify(name: string, crl: string): Promise<string> {
    const cas = ["-CAfile", folder.write("cas.pem", clientCas)];
    const args = ["verify", "-x509_strict", "-crl_check", "-CRLfile", crl, ...cas];
    return new Promise((resolve) => {
      execFile("openssl", [...args, folder.write("leaf.pem", of(name).certificate)], (_, stdout, stderr) =>
        resolve(`${stdout}${stderr}`),
      );
    });
  }

  it("are two PEM blocks of one file, the same that go to a screen", async () => {
    assert.equal(lists.match(/^-----BEGIN X509 CRL-----$/gm)?.length, 2);
    assert.equal((await folder.tctl("auth", "crl", "--type=db_client", "--format=pem")).stdout, lists);
    const other = await folder.tctl("auth", "crl", "--type=host", "--format=pem");
    assert.equal(other.stdout.match(/BEGIN X509 CRL/g)?.length, 1);
  });

  it("openssl verify -crl_check judges by them what either key signed", async () => {
    const path = folder.in("clients.crl");
    for (const name of names) {
      assert.match(await verify(name, path), isGood(name) ? /: OK$/m : /certificate revoked/, name);
    }
  });

  it("as DER are that of the active key alone, and it is said that there is another", async () => {
    const { stderr } = await folder.tctl("auth", "crl", "--type=db_client", "--out=one.der");
    assert.match(stderr, /list of the active key alone; --format=pem gives that of each trusted key/);
    const one = folder.in("one.der");
    assert.match(await verify("new_bad", one), /certificate revoked/);
    assert.match(await verify("new_good", one), /: OK$/m);
    assert.match(await verify("old_good", one), /unable to get certificate CRL/);
    assert.doesNotMatch(
      (await folder.tctl("auth", "crl", "--type=host", "--out=two.der")).stderr,
      /rotation/,
    );
  });

  it("the call of other clients answers as ever: one list, by the active key", async () => {
    const { CRL } = await cluster.admin().auth.generateCertAuthorityCRL({ Type: "db_client" });
    folder.write("call.der", CRL);
    assert.match(await verify("new_bad", folder.in("call.der")), /certificate revoked/);
    assert.match(await verify("old_bad", folder.in("call.der")), /unable to get certificate CRL/);
  });

  it("nginx takes them from one file", needsNginx, async () => {
    const server = { certificate: folder.read("server.crt"), key: folder.read("server.key") };
    await using nginx = await NginxServer.start({ ...server, clientCas, crls: lists });
    for (const name of names) {
      const { certificate: cert, key, cas: ca } = of(name);
      const { status, text } = await nginx.get({ cert, key, ca, servername: "localhost" });
      assert.deepEqual([name, status], [name, isGood(name) ? 200 : 400], text);
    }
  });

  it("PostgreSQL takes them from one file", needsPostgres, async () => {
    const files = { certificate: folder.read("server.crt"), key: folder.read("server.key"), clientCas };
    await using postgres = await PostgresServer.start(files, names);
    postgres.write("clients.crl", lists);
    postgres.configure("clients.crl");
    await postgres.restart();
    for (const name of names) {
      const { certificate, key, cas } = of(name);
      const client = {
        sslcert: folder.write(`${name}.crt`, certificate),
        sslkey: folder.write(`${name}.key`, key),
      };
      const by = { sslmode: "verify-full", sslrootcert: folder.write("db-ca.pem", cas), ...client };
      const { code, stderr } = await postgres.ask({ user: name, ...by });
      assert.deepEqual([name, code], [name, isGood(name) ? 0 : 2], stderr);
      if (!isGood(name)) assert.match(stderr, /revoked/);
    }
  });
});
