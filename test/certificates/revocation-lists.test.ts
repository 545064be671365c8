import assert from "node:assert/strict";
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parsePublicKeyLine, parseSshCertificate, verifyDetached } from "@sallyport/ssh";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { parseCrl } from "@sallyport/x509";
import { HOUR_MS, type IssuedPair, issueBoth, newKey, serialOf } from "./people.ts";

describe("revocation lists", { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let folder: string;
  let url: string;
  let good: IssuedPair;
  let bad: IssuedPair;
  const stolen = newKey();
  const file = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const openssl = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
    return { ok: status === 0, said: `${stdout}${stderr}` };
  };
  const userCa = () => cluster.server.rooms.keyring.user.tlsCertificates.join("");

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "sallyport-lists-"));
    cluster = await startCluster({ sallyport: { revocation_listen_addr: "127.0.0.1:0" } });
    url = `http://${cluster.server.revocationAddress}`;
    await cluster.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["ubuntu"] } } });
    for (const name of ["alice", "bob"]) await cluster.addUser(name, ["dev"]);
    good = await issueBoth(cluster, cluster.admin(), "alice", newKey());
    bad = await issueBoth(cluster, cluster.admin(), "alice", newKey());
    await issueBoth(cluster, cluster.admin(), "bob", stolen);
    const { certificateInventory } = cluster.admin();
    await certificateInventory.revokeCertificates({ selector: { case: "serial", value: serialOf(bad) } });
    await certificateInventory.revokeCertificates({
      selector: { case: "fingerprint", value: stolen.sshFingerprint },
    });
  });
  after(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true });
  });

  it("openssl verify -crl_check takes the good certificate and refuses the revoked one", async () => {
    const ca = file("user-ca.pem", userCa());
    const der = Buffer.from(await (await fetch(`${url}/crl/user.crl`)).arrayBuffer());
    const pem = file("user.crl.pem", execFileSync("openssl", ["crl", "-inform", "DER"], { input: der }));
    const verify = (pair: IssuedPair) =>
      openssl(
        "verify",
        "-x509_strict",
        "-crl_check",
        "-CRLfile",
        pem,
        "-CAfile",
        ca,
        file("leaf.pem", pair.tls),
      );
    assert.deepEqual([verify(good).ok, verify(bad).ok], [true, false]);
    assert.match(verify(bad).said, /certificate revoked/);
    const text = openssl("crl", "-in", pem, "-noout", "-text", "-CAfile", ca).said;
    assert.match(text, /verify OK/);
    assert.match(text, new RegExp(`Serial Number: ${serialOf(bad)}`));
    assert.match(text, /Key Compromise/);
  });

  it("threat 35: the list of one authority says nothing of the certificates of another", async () => {
    const { CRL } = await cluster.admin().auth.generateCertAuthorityCRL({ Type: "host" });
    const text = openssl("crl", "-inform", "DER", "-in", file("host.crl", CRL), "-noout", "-text").said;
    assert.match(text, /No Revoked Certificates/);
    const hostCa = file("host-ca.pem", cluster.server.rooms.keyring.host.tlsCertificates.join(""));
    const number = ["-serial", `0x${serialOf(bad)}`];
    const asked = await ask("-issuer", hostCa, ...number, "-url", `${url}/ocsp/host`, "-CAfile", hostCa);
    assert.match(asked, /: unknown/);
    const elsewhere = await ocsp(`${url}/ocsp/host`, file("user-ca.pem", userCa()), bad);
    assert.match(elsewhere, /unauthorized/i);
  });

  /** The service answers in this very process, so nobody may wait for openssl here. */
  function ask(...args: string[]): Promise<string> {
    return new Promise((resolve) => {
      execFile("openssl", ["ocsp", ...args], { timeout: 10_000 }, (_, stdout, stderr) =>
        resolve(`${stdout}${stderr}`),
      );
    });
  }

  function ocsp(at: string, issuer: string, pair: IssuedPair, trusted = issuer): Promise<string> {
    const cert = file("asked.pem", pair.tls);
    return ask("-issuer", issuer, "-cert", cert, "-url", at, "-CAfile", trusted, "-no_nonce");
  }

  it("openssl ocsp is told what is good, revoked and unknown, with and without a nonce", async () => {
    const ca = file("user-ca.pem", userCa());
    const at = `${url}/ocsp/user`;
    assert.match(await ocsp(at, ca, good), /: good/);
    assert.match(await ocsp(at, ca, bad), /: revoked/);
    assert.match(await ocsp(at, ca, bad), /Response verify OK/);
    const cert = file("asked.pem", bad.tls);
    const nonced = await ask("-issuer", ca, "-cert", cert, "-url", at, "-CAfile", ca, "-nonce");
    assert.match(nonced, /: revoked/);
    assert.doesNotMatch(nonced, /no nonce/i);
    const unknown = await ask("-issuer", ca, "-serial", "0x1234", "-url", at, "-CAfile", ca);
    assert.match(unknown, /: unknown/);
  });

  it("an answer that was kept is not given once the certificate is revoked", async () => {
    const ca = file("user-ca.pem", userCa());
    const pair = await issueBoth(cluster, cluster.admin(), "alice", newKey());
    const { certificateInventory } = cluster.admin();
    assert.match(await ocsp(`${url}/ocsp/user`, ca, pair), /: good/);
    await certificateInventory.revokeCertificates({ selector: { case: "serial", value: serialOf(pair) } });
    assert.match(await ocsp(`${url}/ocsp/user`, ca, pair), /: revoked/);
  });

  it("ssh-keygen -Q finds the revoked certificate and the revoked key in the list, and no other", async () => {
    const krl = file("krl", Buffer.from(await (await fetch(`${url}/krl`)).arrayBuffer()));
    const query = (name: string, line: string) =>
      spawnSync("ssh-keygen", ["-Q", "-f", krl, file(name, `${line}\n`)], { encoding: "utf8" });
    assert.equal(query("good-cert.pub", good.ssh).status, 0);
    assert.match(query("bad-cert.pub", bad.ssh).stdout, /REVOKED/);
    assert.match(query("stolen.pub", stolen.sshLine).stdout, /REVOKED/);
    const shown = spawnSync("ssh-keygen", ["-Q", "-l", "-f", krl], { encoding: "utf8" }).stdout;
    assert.match(shown, new RegExp(`serial: ${parseSshCertificate(bad.ssh).serial}`));
    const hash = Buffer.from(stolen.sshFingerprint.slice("SHA256:".length), "base64").toString("hex");
    assert.match(shown, new RegExp(`hash: SHA256:${hash}`));
  });

  it("all that is revoked since the list was made is in the next one, and dated no later than it", async () => {
    await fetch(`${url}/krl`);
    const pairs: IssuedPair[] = [];
    for (let i = 0; i < 3; i += 1) pairs.push(await issueBoth(cluster, cluster.admin(), "alice", newKey()));
    const [one, two, kept] = pairs;
    assert.ok(one && two && kept);
    for (const pair of [one, two]) {
      await cluster.admin().certificateInventory.revokeCertificates({
        selector: { case: "serial", value: serialOf(pair) },
      });
    }
    const krl = file("next.krl", Buffer.from(await (await fetch(`${url}/krl`)).arrayBuffer()));
    const isRevoked = (pair: IssuedPair) =>
      /REVOKED/.test(
        spawnSync("ssh-keygen", ["-Q", "-f", krl, file("asked-cert.pub", `${pair.ssh}\n`)], {
          encoding: "utf8",
        }).stdout,
      );
    assert.deepEqual([one, two, kept].map(isRevoked), [true, true, false]);
    const crl = parseCrl(Buffer.from(await (await fetch(`${url}/crl/user.crl`)).arrayBuffer()));
    assert.ok(crl.revoked.size >= 3);
    assert.ok([...crl.revoked.values()].every(({ revokedAt }) => revokedAt <= crl.thisUpdateAt));
  });

  it("the list is signed by the key that servers trust, for this purpose", async () => {
    const { krl, signature, version } = await cluster.admin().certificateInventory.getKrl();
    const keys = cluster.server.rooms.keyring.user.sshKeys.map(parsePublicKeyLine);
    assert.ok(verifyDetached(signature, krl, { namespace: `krl@${cluster.name}`, keys }));
    assert.equal(
      verifyDetached(signature, krl.subarray(1), { namespace: `krl@${cluster.name}`, keys }),
      undefined,
    );
    const allowed = file("allowed", `krl ${cluster.server.rooms.keyring.user.sshKeys[0]}\n`);
    const verify = spawnSync(
      "ssh-keygen",
      [
        "-Y",
        "verify",
        "-f",
        allowed,
        "-I",
        "krl",
        "-n",
        `krl@${cluster.name}`,
        "-s",
        file("krl.sig", signature),
      ],
      { input: krl, encoding: "utf8" },
    );
    assert.equal(verify.status, 0, verify.stderr);
    const known = await cluster.admin().certificateInventory.getKrl({ knownVersion: version });
    assert.deepEqual([known.krl.length, known.version], [0, version]);
  });

  it("answers with a tag by which nothing is fetched twice, the same for the list and its signature", async () => {
    const [list, signature] = await Promise.all([fetch(`${url}/krl`), fetch(`${url}/krl.sig`)]);
    const etag = list.headers.get("etag") ?? "";
    assert.equal(signature.headers.get("etag"), etag);
    assert.match(list.headers.get("cache-control") ?? "", /max-age=60/);
    const again = await fetch(`${url}/krl`, { headers: { "if-none-match": `"other", ${etag}` } });
    assert.equal(again.status, 304);
    const head = await fetch(`${url}/krl`, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String((await list.arrayBuffer()).byteLength));
    await issueBoth(cluster, cluster.admin(), "bob", newKey());
    await cluster
      .admin()
      .certificateInventory.revokeCertificates({ selector: { case: "user", value: "bob" } });
    const changed = await fetch(`${url}/krl`, { headers: { "if-none-match": etag } });
    assert.equal(changed.status, 200);
    assert.ok(
      BigInt(changed.headers.get("x-krl-version") ?? 0) > BigInt(list.headers.get("x-krl-version") ?? 0),
    );
  });

  it("threat 9: what is too large, too slow, misplaced or no question is refused, and nothing is made for it", async () => {
    const statusOf = async (path: string, init?: RequestInit) => (await fetch(`${url}${path}`, init)).status;
    assert.deepEqual(
      await Promise.all([
        statusOf("/"),
        statusOf("/crl/db.crl"),
        statusOf("/ocsp/db", { method: "POST", body: "x" }),
        statusOf("/crl/../krl%2f"),
        statusOf("/krl", { method: "POST", body: "x" }),
        statusOf(`/ocsp/user/${"A".repeat(5000)}`),
        statusOf("/ocsp/user", { method: "POST", body: "x".repeat(20_000) }),
      ]),
      [404, 404, 404, 404, 405, 413, 413],
    );
    assert.equal(await cluster.server.rooms.authorities.get("db", cluster.name), undefined);
    const malformed = await fetch(`${url}/ocsp/user`, { method: "POST", body: "no question" });
    assert.deepEqual([...new Uint8Array(await malformed.arrayBuffer())], [0x30, 3, 0x0a, 1, 1]);
    const chunked = await sendRaw(
      `POST /ocsp/user HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5000\r\n${"x".repeat(0x5000)}\r\n`,
    );
    assert.match(chunked, /^HTTP\/1\.1 413/);
    const heads = await sendRaw(`GET /krl HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(10_000)}\r\n\r\n`);
    assert.match(heads, /^HTTP\/1\.1 431/);
  });

  it("GenerateCertAuthorityCRL is good for a year, GetCrl for a week, and numbers go up", async () => {
    const { CRL } = await cluster.admin().auth.generateCertAuthorityCRL({ Type: "user" });
    const text = openssl("crl", "-inform", "DER", "-in", file("long.crl", CRL), "-noout", "-text").said;
    const days =
      (Date.parse(/Next Update: (.*)/.exec(text)?.[1] ?? "") -
        Date.parse(/Last Update: (.*)/.exec(text)?.[1] ?? "")) /
      (24 * HOUR_MS);
    assert.ok(Math.abs(days - 365) < 0.01, String(days));
    const first = await cluster.admin().certificateInventory.getCrl({ caType: "user" });
    // Time goes on for good: whatever follows would find its certificates ended.
    cluster.clock.advance(2 * HOUR_MS);
    const second = await cluster.admin().certificateInventory.getCrl({ caType: "user" });
    assert.ok(second.number > first.number);
  });

  function sendRaw(text: string): Promise<string> {
    const [host = "", port = ""] = (cluster.server.revocationAddress ?? "").split(":");
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = dial({ host, port: Number(port) }, () => socket.write(text));
      socket.on("data", (chunk) => {
        answer += chunk;
        socket.end();
      });
      socket.on("close", () => resolve(answer));
      socket.on("error", reject);
    });
  }
});
