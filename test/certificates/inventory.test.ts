import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isAppError } from "@sallyport/api";
import type { ListCertificatesRequest } from "@sallyport/api/gen/sallyport/certificates/v1/certificate_inventory_service_pb";
import { parseSshCertificate } from "@sallyport/ssh";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { HOUR_MS, idsOf, issueBoth, newKey, serialOf } from "./people.ts";

const refusedAs =
  (reason: "CERTIFICATE_REVOKED" | "ACCESS_DENIED" | "BAD_PARAMETER" | "NOT_FOUND") => (error: unknown) =>
    isAppError(error, reason);

describe("the inventory of certificates", { timeout: 60_000 }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
    await cluster.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["ubuntu"] } } });
    await cluster.addRole({ metadata: { name: "asker" }, spec: { allow: { request: { roles: ["dev"] } } } });
    await cluster.addRole({
      metadata: { name: "reader" },
      spec: { allow: { rules: [{ resources: ["certificate"], verbs: ["list", "read"] }] } },
    });
    for (const name of ["alice", "bob", "carol"]) await cluster.addUser(name, ["dev"]);
    await cluster.addUser("asks", ["asker"]);
    await cluster.addUser("reads", ["reader"]);
  });
  after(() => cluster.stop());

  const inventory = () => cluster.admin().certificateInventory;
  const list = async (wish: Partial<ListCertificatesRequest>) => {
    const { $typeName, $unknown, ...filter } = { $typeName: "", $unknown: [], ...wish };
    return (await inventory().listCertificates(filter)).entries;
  };

  it("tells of one call one entry, with all that it says, by either serial number and either fingerprint", async () => {
    const key = newKey();
    const pair = await issueBoth(cluster, cluster.admin(), "alice", key);
    const entry = await inventory().getCertificate({ serial: serialOf(pair) });
    const { certificate } = entry;
    const ssh = parseSshCertificate(pair.ssh);
    assert.equal(certificate?.user, "alice");
    assert.equal(certificate.kind, "user");
    assert.equal(certificate.sshSerial, ssh.serial);
    assert.equal(BigInt(`0x${certificate.x509Serial}`), pair.certificate.serialNumber);
    assert.equal(certificate.sshFingerprint, key.sshFingerprint);
    assert.deepEqual(certificate.principals, ["ubuntu"]);
    assert.deepEqual(certificate.roles, ["dev"]);
    assert.equal(certificate.requester, cluster.admin().identity.username);
    assert.equal(certificate.remoteIp, "127.0.0.1");
    assert.equal(Number(certificate.expires?.seconds) * 1000, pair.certificate.notAfterAt);
    assert.equal(entry.revocation, undefined);
    for (const asked of [
      { serial: String(ssh.serial) },
      { serial: serialOf(pair).match(/../g)?.join(":") ?? "" },
      { fingerprint: key.sshFingerprint },
      { fingerprint: certificate.x509Fingerprint },
    ]) {
      assert.deepEqual(idsOf(await list(asked)), [certificate.id], JSON.stringify(asked));
    }
  });

  it("has every certificate, of hosts and of the service itself as well", async () => {
    const key = newKey();
    const { sshCertificate } = await cluster.admin().trust.generateHostCert({
      key: Buffer.from(key.sshLine),
      principals: ["db.example.com"],
      clusterName: cluster.name,
      role: "Node",
      nodeName: "db",
    });
    const [entry] = await list({ fingerprint: key.sshFingerprint });
    assert.equal(entry?.certificate?.kind, "host");
    assert.equal(
      entry.certificate.sshSerial,
      parseSshCertificate(Buffer.from(sshCertificate).toString()).serial,
    );
    assert.equal(entry.certificate.expires, undefined);
    assert.deepEqual(entry.certificate.principals, ["db.example.com"]);
    const own = await list({ kind: "system" });
    const roles = new Set(own.flatMap(({ certificate }) => certificate?.roles ?? []));
    assert.deepEqual([...roles].sort(), ["Admin", "Auth"]);
  });

  it("is searched by user, principal, request, kind and end, page by page and the latest first", async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      const pair = await issueBoth(cluster, cluster.admin(), "bob", newKey(), { ttlMs: (i + 1) * HOUR_MS });
      made.push((await inventory().getCertificate({ serial: serialOf(pair) })).certificate?.id ?? "");
    }
    const newest = [...made].reverse();
    assert.deepEqual(idsOf(await list({ user: "bob" })), newest);
    assert.deepEqual(idsOf(await list({ user: "bob", principal: "ubuntu", kind: "user" })), newest);
    assert.deepEqual(await list({ user: "bob", principal: "root" }), []);
    assert.deepEqual(await list({ user: "bob", kind: "host" }), []);
    const seconds = BigInt(Math.floor((cluster.clock.now() + 2.5 * HOUR_MS) / 1000));
    const soon = { seconds, nanos: 0, $typeName: "google.protobuf.Timestamp" } as const;
    assert.deepEqual(idsOf(await list({ user: "bob", expiresBefore: soon })), made.slice(0, 2));
    const paged: string[] = [];
    let pageToken = "";
    do {
      const page = await inventory().listCertificates({ user: "bob", pageSize: 2, pageToken });
      paged.push(...idsOf(page.entries));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    assert.deepEqual(paged, newest);
  });

  it("looks up many at once, and tells which it does not know", async () => {
    const [known, other] = [newKey(), newKey()];
    const pair = await issueBoth(cluster, cluster.admin(), "alice", known);
    const serials = [serialOf(pair), "12345", "00".repeat(16)];
    const reply = await inventory().findCertificates({
      serials,
      fingerprints: [known.sshFingerprint, other.sshFingerprint],
    });
    assert.deepEqual(
      reply.found.map(({ asked }) => asked),
      [serialOf(pair), known.sshFingerprint],
    );
    assert.deepEqual(reply.unknownSerials, ["12345", "00".repeat(16)]);
    assert.deepEqual(reply.unknownFingerprints, [other.sshFingerprint]);
  });

  it("threat 18: a revoked certificate is refused at the next call, and its live stream is cut", async () => {
    const pair = await issueBoth(cluster, cluster.admin(), "carol", newKey());
    const stays = await cluster.connect(await cluster.credentials("carol"));
    const carol = await cluster.connect(pair.credentials);
    const watch = carol.auth
      .watchEvents({ Kinds: [{ Kind: "access_request", Filter: { user: "carol" } }] })
      [Symbol.asyncIterator]();
    await watch.next();
    const report = await inventory().revokeCertificates({
      selector: { case: "serial", value: serialOf(pair) },
      reason: "left in a train",
    });
    assert.equal(report.count, 1);
    await assert.rejects(carol.ping(), refusedAs("CERTIFICATE_REVOKED"));
    await assert.rejects(watch.next(), refusedAs("CERTIFICATE_REVOKED"));
    await assert.rejects(
      (await cluster.connect(pair.credentials)).users.current(),
      refusedAs("CERTIFICATE_REVOKED"),
    );
    await stays.users.current();
    const { revocation } = await inventory().getCertificate({ serial: serialOf(pair) });
    assert.equal(revocation?.reason, "left in a train");
    assert.equal(revocation.by, cluster.admin().identity.username);
  });

  it("threat 40: nothing is issued for a revoked certificate, so that it cannot outlive itself", async () => {
    const pair = await issueBoth(cluster, cluster.admin(), "carol", newKey());
    const carol = await cluster.connect(pair.credentials);
    await issueBoth(cluster, carol, "carol", newKey());
    const [race] = await Promise.allSettled([
      issueBoth(cluster, carol, "carol", newKey()),
      inventory().revokeCertificates({ selector: { case: "user", value: "carol" }, reason: "all of carol" }),
    ]);
    await assert.rejects(issueBoth(cluster, carol, "carol", newKey()), refusedAs("CERTIFICATE_REVOKED"));
    // What came through in the same moment was revoked as well.
    if (race.status === "fulfilled") {
      const entry = await inventory().getCertificate({ serial: serialOf(race.value) });
      assert.ok(entry.revocation);
    }
    assert.deepEqual(await list({ user: "carol", goodOnly: true }), []);
    const again = await issueBoth(cluster, cluster.admin(), "carol", newKey());
    await (await cluster.connect(again.credentials)).users.current();
  });

  it("threat 40: a revoked key gets no certificate any more, in whichever form it comes", async () => {
    const key = newKey();
    const [first, second] = [
      await issueBoth(cluster, cluster.admin(), "alice", key),
      await issueBoth(cluster, cluster.admin(), "bob", key),
    ];
    const selector = { case: "fingerprint", value: key.sshFingerprint } as const;
    const planned = await inventory().revokeCertificates({ selector, dryRun: true });
    assert.deepEqual([planned.count, planned.keyRevoked], [2, true]);
    await (await cluster.connect(first.credentials)).users.current();
    const done = await inventory().revokeCertificates({ selector, reason: "laptop stolen" });
    assert.deepEqual([done.count, done.keyRevoked, done.entries.length], [2, true, 2]);
    for (const { credentials } of [first, second]) {
      await assert.rejects(
        (await cluster.connect(credentials)).users.current(),
        refusedAs("CERTIFICATE_REVOKED"),
      );
    }
    const wish = { user: "alice", expiresAt: cluster.clock.now() + HOUR_MS };
    for (const keys of [{ sshPublicKey: key.sshLine }, { tlsPublicKey: key.tlsPem }]) {
      await assert.rejects(
        cluster.admin().certificates.generateUserCerts({ ...wish, ...keys }),
        refusedAs("CERTIFICATE_REVOKED"),
      );
    }
    const again = await inventory().revokeCertificates({ selector, reason: "again" });
    assert.deepEqual([again.count, again.alreadyRevoked, again.keyRevoked], [0, 2, false]);
  });

  it("revokes everything that rests on an access request, and nothing else", async () => {
    const plain = await cluster.connect(await cluster.credentials("asks"));
    const request = await plain.accessRequests.create({ user: "asks", roles: ["dev"] });
    const id = request.Metadata?.Name ?? "";
    await cluster.admin().accessRequests.approve(id);
    const lent = await issueBoth(cluster, plain, "asks", newKey(), { accessRequests: [id] });
    assert.deepEqual(
      (await list({ accessRequest: id })).map(({ certificate }) => certificate?.accessRequests),
      [[id]],
    );
    const { count } = await inventory().revokeCertificates({
      selector: { case: "accessRequest", value: id },
      reason: "over",
    });
    assert.equal(count, 1);
    await assert.rejects(
      (await cluster.connect(lent.credentials)).users.current(),
      refusedAs("CERTIFICATE_REVOKED"),
    );
    await plain.users.current();
  });

  it("threat 15: a serial number revokes the certificate that has all of it, and only for who may", async () => {
    const pair = await issueBoth(cluster, cluster.admin(), "alice", newKey());
    const serial = serialOf(pair);
    const wrongEnd = `${serial.slice(0, -1)}${serial.endsWith("0") ? "1" : "0"}`;
    const revoke = (value: string) =>
      inventory().revokeCertificates({ selector: { case: "serial", value }, reason: "x" });
    await assert.rejects(revoke(wrongEnd), refusedAs("NOT_FOUND"));
    const reader = await cluster.connect(await cluster.credentials("reads"));
    const asReader = (dryRun: boolean) =>
      reader.certificateInventory.revokeCertificates({ selector: { case: "serial", value: serial }, dryRun });
    assert.equal((await asReader(true)).count, 1);
    await assert.rejects(asReader(false), refusedAs("ACCESS_DENIED"));
    await (await cluster.connect(pair.credentials)).users.current();
  });

  it("threat 39: names and tokens from outside are values, never parts of a key", async () => {
    const hostile = [
      "%",
      "%2F",
      "..",
      ".",
      "alice/",
      "a' OR '1'='1",
      "/audit/log",
      "\u0000",
      "x".repeat(2000),
      "alice%",
    ];
    for (const value of hostile) {
      for (const filter of [{ user: value }, { accessRequest: value }, { principal: value }]) {
        const entries = await list(filter).catch((error: unknown) => {
          assert.ok(isAppError(error, "BAD_PARAMETER"), `${JSON.stringify(filter)}: ${error}`);
          return [];
        });
        assert.deepEqual(entries, [], JSON.stringify(filter));
      }
      for (const filter of [{ serial: value }, { fingerprint: value }, { pageToken: value }]) {
        await assert.rejects(list(filter), refusedAs("BAD_PARAMETER"), JSON.stringify(filter));
      }
      await assert.rejects(inventory().getCertificate({ id: value }), refusedAs("BAD_PARAMETER"));
    }
  });

  it("what was revoked is in the audit log, in the commit of the revocation", async () => {
    const pair = await issueBoth(cluster, cluster.admin(), "alice", newKey());
    await inventory().revokeCertificates({
      selector: { case: "serial", value: serialOf(pair) },
      reason: "for the log",
    });
    const now = cluster.clock.now();
    const range = { fromAt: now - HOUR_MS, toAt: now + HOUR_MS, types: ["certificate.revoke"] };
    const entries: { readonly fields: Readonly<Record<string, unknown>> }[] = [];
    for await (const entry of cluster.admin().events.search(range)) entries.push(entry);
    const written = entries.find(({ fields }) => fields.reason === "for the log")?.fields;
    assert.equal(written?.code, "SCR001I");
    assert.deepEqual(written?.certificates, [
      {
        id: serialOf(pair).toLowerCase().slice(0, 16),
        ssh_serial: String(parseSshCertificate(pair.ssh).serial),
        x509_serial: serialOf(pair).toLowerCase(),
      },
    ]);
  });

  it("threat 24: so is a key that nothing was issued for", async () => {
    const { sshFingerprint: value } = newKey();
    await inventory().revokeCertificates({
      selector: { case: "fingerprint", value },
      reason: "found at a bus stop",
    });
    const now = cluster.clock.now();
    const range = { fromAt: now - HOUR_MS, toAt: now + HOUR_MS, types: ["certificate.revoke"] };
    const written: unknown[] = [];
    for await (const { fields } of cluster.admin().events.search(range)) {
      if (fields.reason === "found at a bus stop") written.push([fields.code, fields.fingerprint]);
    }
    assert.deepEqual(written, [["SCR001I", value]]);
  });

  it("revocations are listed with their ground, page by page", async () => {
    const seen: string[] = [];
    let pageToken = "";
    do {
      const page = await inventory().listRevocations({ pageSize: 3, pageToken });
      seen.push(...page.revocations.map(({ certificateId, fingerprint }) => certificateId || fingerprint));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    assert.equal(new Set(seen).size, seen.length);
    assert.ok(seen.some((one) => one.startsWith("SHA256:")));
    const revoked = await list({ revokedOnly: true, pageSize: 1000 });
    assert.equal(revoked.length, seen.filter((one) => !one.startsWith("SHA256:")).length);
    assert.ok(revoked.every(({ revocation }) => revocation !== undefined));
  });
});
