import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect } from "node:tls";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { createCertificateRequest, encodePem, nameOid } from "@sallyport/x509";
import { issueBoth, newKey, serialOf } from "./people.ts";

/** The service answers in this very process, so nobody may wait for openssl here. */
function openssl(...args: string[]): Promise<{ readonly ok: boolean; readonly said: string }> {
  return new Promise((resolve) => {
    execFile("openssl", args, { timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ ok: error === null, said: `${stdout}${stderr}` }),
    );
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = address === null || typeof address === "string" ? 0 : address.port;
      server.close(() => resolve(port));
    });
  });
}

/** The certificate of a server, as PEM. */
function shownBy(address: string): Promise<string> {
  const { hostname: host, port } = new URL(`tcp://${address}`);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(encodePem("CERTIFICATE", socket.getPeerCertificate().raw));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

describe("where a certificate says that its revocation is asked for", { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let folder: string;
  let url: string;
  const file = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const casOf = async (type: "user" | "host" | "db_client") => {
    const { Spec: spec } = await cluster.server.rooms.authorities.ensure(type);
    const pairs = [spec?.ActiveKeys, spec?.AdditionalTrustedKeys].flatMap((set) => set?.TLS ?? []);
    return file(`${type}.pem`, Buffer.concat(pairs.map(({ Cert }) => Cert)));
  };
  /** By nothing but the certificate itself: the list is fetched from where it says. */
  const verify = (pem: string, ca: string) =>
    openssl("verify", "-crl_check", "-crl_download", "-CAfile", ca, file("leaf.pem", pem));
  const issued = () => issueBoth(cluster, cluster.admin(), "alice", newKey());
  const revoke = (serial: string) =>
    cluster.admin().certificateInventory.revokeCertificates({ selector: { case: "serial", value: serial } });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "sallyport-pointers-"));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    cluster = await startCluster({
      sallyport: { revocation_listen_addr: `127.0.0.1:${port}`, revocation_public_url: `${url}/` },
    });
    await cluster.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["ubuntu"] } } });
    await cluster.addUser("alice", ["dev"]);
  });
  after(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  it("openssl fetches the list by it: the good certificate passes, the revoked one does not", async () => {
    const [good, bad] = [await issued(), await issued()];
    await revoke(serialOf(bad));
    const ca = await casOf("user");
    const [first, second] = [await verify(good.tls, ca), await verify(bad.tls, ca)];
    assert.deepEqual([first.ok, second.ok], [true, false], `${first.said}${second.said}`);
    assert.match(second.said, /certificate revoked/);
  });

  it("openssl ocsp asks where the certificate says, and is told", async () => {
    const pair = await issued();
    const cert = file("asked.pem", pair.tls);
    const at = (await openssl("x509", "-in", cert, "-noout", "-ocsp_uri")).said.trim();
    assert.equal(at, `${url}/ocsp/user`);
    const ca = await casOf("user");
    const ask = () => openssl("ocsp", "-issuer", ca, "-cert", cert, "-url", at, "-CAfile", ca, "-no_nonce");
    assert.match((await ask()).said, /asked\.pem: good/);
    await revoke(serialOf(pair));
    assert.match((await ask()).said, /asked\.pem: revoked/);
  });

  it("during a rotation each certificate leads to the list of the key that signed it", async () => {
    const before = [await issued(), await issued()] as const;
    const rotate = (targetPhase: string) =>
      cluster.admin().trust.rotateCertAuthority({ type: "user", targetPhase, mode: "manual" });
    await rotate("init");
    await rotate("update_clients");
    const later = [await issued(), await issued()] as const;
    for (const [, bad] of [before, later]) await revoke(serialOf(bad));
    const ca = await casOf("user");
    for (const [good, bad] of [before, later]) {
      const [first, second] = [await verify(good.tls, ca), await verify(bad.tls, ca)];
      assert.deepEqual([first.ok, second.ok], [true, false], `${first.said}${second.said}`);
    }
    assert.equal((await fetch(`${url}/crl/user/${"0".repeat(64)}.crl`)).status, 404);
  });

  it("certificates for databases and for services say it too, each of its own authority", async () => {
    const subject = [[{ oid: nameOid.commonName, value: "alice" }]];
    const key = newKey().privateKey;
    const csr = encodePem("CERTIFICATE REQUEST", await createCertificateRequest({ subject, key }));
    const { Cert } = await cluster
      .admin()
      .auth.generateDatabaseCert({ CSR: Buffer.from(csr), TTL: 3_600_000_000_000n });
    const server = await shownBy(cluster.address);
    for (const [pem, type] of [
      [Buffer.from(Cert).toString(), "db_client"],
      [server, "host"],
    ] as const) {
      const { ok, said } = await verify(pem, await casOf(type));
      assert.ok(ok, `${type}: ${said}`);
    }
  });

  it("a cluster that was told no place puts none into its certificates", async () => {
    await using plain = await startCluster();
    await plain.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["ubuntu"] } } });
    await plain.addUser("alice", ["dev"]);
    const { certificate } = await issueBoth(plain, plain.admin(), "alice", newKey());
    const pointers = ["2.5.29.31", "1.3.6.1.5.5.7.1.1"];
    assert.deepEqual(
      certificate.extensions.filter(({ oid }) => pointers.includes(oid)),
      [],
    );
  });
});
