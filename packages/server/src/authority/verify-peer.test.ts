import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, test } from "node:test";
import type { Identity } from "@sallyport/api";
import {
  type CertificateTemplate,
  createIssuer,
  generateKey,
  nameOid,
  parseCertificate,
  selfSignedCa,
} from "@sallyport/x509";
import fc from "fast-check";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import type { PeerVerdict } from "../rpc/index.ts";
import { CLUSTER, openAuthority, type SmallAuthority } from "./testing/open-authority.ts";
import { createVerifyPeer, type Peer } from "./verify-peer.ts";

const HOUR = 3_600_000;
const clock = new StoppedClock();
const info = { serverName: undefined, remoteAddress: "127.0.0.1:1", remoteIp: "127.0.0.1", remotePort: 1 };
let own: SmallAuthority;
let other: SmallAuthority;
let verify: (der: Buffer) => PeerVerdict;

before(async () => {
  own = await openAuthority(clock);
  other = await openAuthority(clock, "two.example");
  const verifyPeer = createVerifyPeer(own.keyring, clock, CLUSTER);
  verify = (der) => verifyPeer([der], info) as PeerVerdict;
});

async function verdictOn(
  by: "user" | "host",
  identity: Partial<Identity>,
  parts: Partial<CertificateTemplate> = {},
): Promise<string> {
  const verdict = verify(await own.issue(by, identity, parts));
  return verdict.ok ? ((verdict.peer as Peer).isSystem ? "system" : "user") : verdict.because;
}

test("a user's certificate of the user CA, a service's of the host CA", async () => {
  assert.equal(await verdictOn("user", { roles: ["dev"] }), "user");
  assert.equal(await verdictOn("host", { username: `id.${CLUSTER}`, roles: ["Node"] }), "system");
});

test("what the certificate says is what the call gets", async () => {
  const der = await own.issue("user", { username: "alice", roles: ["dev"], activeRequests: ["r1"] });
  const verdict = verify(der);
  assert.ok(verdict.ok);
  const { identity, notAfterAt, ca } = verdict.peer as Peer;
  assert.deepEqual([identity.username, identity.roles, identity.activeRequests], ["alice", ["dev"], ["r1"]]);
  assert.equal(notAfterAt, clock.now() + HOUR);
  assert.equal(identity.expires?.getTime(), notAfterAt);
  assert.equal(ca, own.keyring.user.trusted[0]);
});

test("threat 18: a certificate counts no longer than the authority that issued it", async () => {
  const { notAfterAt: end } = own.keyring.user.certificate;
  const der = await own.issue("user", { username: "alice", roles: ["dev"] }, { notAfterAt: end + HOUR });
  const verdict = verify(der);
  assert.ok(verdict.ok);
  assert.deepEqual([(verdict.peer as Peer).notAfterAt, verdict.expiresAt], [end, end]);
  const later = new StoppedClock();
  later.advance(end - later.now());
  const refused = createVerifyPeer(own.keyring, later, CLUSTER)([der], info) as PeerVerdict;
  assert.ok(!refused.ok && /authority of the certificate has expired/.test(refused.because));
});

test("nobody at all is a peer without an identity, not a refusal", () => {
  assert.deepEqual(createVerifyPeer(own.keyring, clock, CLUSTER)(undefined, info), {
    ok: true,
    peer: undefined,
  });
});

test("threat 16: a user whose role is called Admin is no administrator, whoever signs", async () => {
  for (const role of ["Admin", "Auth", "Proxy", "Node", "Instance"]) {
    assert.match(await verdictOn("user", { username: "eve", roles: [role] }), /unknown issuer/);
    assert.match(await verdictOn("user", { username: "eve", roles: ["dev", role] }), /unknown issuer/);
  }
});

test("threat 4: the host CA vouches for no user", async () => {
  assert.match(await verdictOn("host", { username: "root", roles: ["editor"] }), /unknown issuer/);
  assert.match(await verdictOn("host", { username: "root", roles: [] }), /unknown issuer/);
});

test("threat 1: the holder of a certificate cannot sign another with its key", async () => {
  const { privateKey, publicKey } = await generateKey("ecdsa-p256");
  const leaf = parseCertificate(await own.issue("user", {}, { publicKey }));
  const byLeaf = createIssuer({ name: leaf.subject, key: privateKey });
  assert.match(await verdictOn("user", { roles: ["editor"] }, { issuer: byLeaf }), /unknown issuer/);
  const posing = { ...own.keyring.user.x509, key: privateKey, algorithm: byLeaf.algorithm };
  assert.match(await verdictOn("user", { roles: ["editor"] }, { issuer: posing }), /bad signature/);
});

test("threat 1: a CA's certificate is nobody's identity", async () => {
  assert.match(await verdictOn("user", {}, { isCa: true, keyUsage: ["keyCertSign"] }), /is a CA/);
  const ca = own.keyring.user.certificate.der;
  const verdict = verify(Buffer.from(ca));
  assert.equal(verdict.ok, false);
});

test("threat 35: a certificate of another cluster is refused, also one of the same name by other keys", async () => {
  assert.equal(verify(await other.issue("user", { roles: ["dev"] })).ok, false);
  const { privateKey } = await generateKey("ecdsa-p256");
  const twin = parseCertificate(
    await selfSignedCa({
      commonName: CLUSTER,
      organization: CLUSTER,
      key: privateKey,
      notBeforeAt: clock.now() - HOUR,
      notAfterAt: clock.now() + HOUR,
    }),
  );
  const issuer = createIssuer({ name: twin.subject, key: privateKey });
  assert.match(await verdictOn("user", { roles: ["dev"] }, { issuer }), /unknown issuer/);
});

test("threat 35: our own CA's word for another cluster does not count here", async () => {
  assert.match(await verdictOn("user", { teleportCluster: "two.example" }), /another cluster/);
  assert.match(await verdictOn("user", { teleportCluster: "" }), /another cluster/);
});

test("a certificate counts from its first second to its last", async () => {
  const between = (from: number, to: number) =>
    verdictOn("user", {}, { notBeforeAt: clock.now() + from, notAfterAt: clock.now() + to });
  assert.match(await between(1000, HOUR), /not yet valid/);
  assert.equal(await between(0, HOUR), "user");
  assert.match(await between(-HOUR, -1000), /expired/);
  assert.match(await between(-HOUR, 0), /expired/, "as every call would be refused");
});

test("a certificate for one use is refused for any other", async () => {
  assert.match(await verdictOn("user", { usage: ["usage:db"] }), /usage:db only/);
  assert.match(await verdictOn("user", {}, { extKeyUsage: ["serverAuth"] }), /wrong usage/);
  assert.match(await verdictOn("user", {}, { extKeyUsage: [] }), /wrong usage/);
});

test("threat 5: a critical extension that is not understood refuses the certificate", async () => {
  const stranger = { oid: "1.3.9999.9.9", critical: true, value: Buffer.from("0500", "hex") };
  assert.match(await verdictOn("user", {}, { extensions: [stranger] }), /unknown critical extension/);
  assert.equal(await verdictOn("user", {}, { extensions: [{ ...stranger, critical: false }] }), "user");
});

test("a name that says nobody is refused", async () => {
  const nameless = { subject: [[{ oid: nameOid.organization, value: "dev" }]] };
  assert.notEqual(await verdictOn("user", {}, nameless), "user");
});

test("threat 38: garbage is refused and throws nothing", async () => {
  const good = await own.issue("user", { roles: ["dev"] });
  for (const der of [
    Buffer.alloc(0),
    randomBytes(500),
    good.subarray(0, 100),
    Buffer.from([0x30, 0x84, 255]),
  ]) {
    assert.equal(verify(der).ok, false);
  }
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const bent = Buffer.from(good);
      bent[at] = (bent[at] ?? 0) ^ flip;
      assert.equal(verify(bent).ok, false);
    }),
    { numRuns: 200 },
  );
});
