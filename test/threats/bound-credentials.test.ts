import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { type Identity, isAppError, type Reason } from "@sallyport/api";
import type { NodeClient } from "@sallyport/api/node";
import { type Cluster, startCluster } from "@sallyport/testkit";
import type { CertificateIssuer } from "@sallyport/x509";
import { signCredentials } from "../../packages/testkit/src/cluster/sign-credentials.ts";

const HOUR_MS = 60 * 60 * 1000;
const isReason =
  (...reasons: readonly Reason[]) =>
  (error: unknown) =>
    isAppError(error) && reasons.includes(error.reason);

describe("what was issued for one thing", { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let alice: NodeClient;
  let bob: NodeClient;
  before(async () => {
    cluster = await startCluster();
    await cluster.addRole({ metadata: { name: "dev" } });
    await cluster.addRole({ metadata: { name: "ops" } });
    await cluster.addRole({
      metadata: { name: "asker" },
      spec: { allow: { request: { roles: ["dev", "ops"] } } },
    });
    for (const name of ["alice", "bob"]) await cluster.addUser(name, ["asker"]);
    alice = await cluster.connect(await cluster.credentials("alice"));
    bob = await cluster.connect(await cluster.credentials("bob"));
  });
  after(() => cluster.stop());

  const ask = async (client: NodeClient, user: string, role: string) => {
    const { Metadata } = await client.accessRequests.create({ user, roles: [role] });
    return Metadata?.Name ?? "";
  };
  const certify = (client: NodeClient, user: string, parts: object) =>
    client.certificates.generateUserCerts({
      user,
      expiresAt: cluster.clock.now() + HOUR_MS,
      tlsPublicKey: SOME_KEY,
      ...parts,
    });
  const forge = async (issuer: CertificateIssuer, username: string, identity: Partial<Identity>) => ({
    ...(await signCredentials({
      issuer,
      username,
      clusterName: cluster.name,
      identity,
      notBeforeAt: cluster.clock.now() - 60_000,
      notAfterAt: cluster.clock.now() + HOUR_MS,
    })),
    ca: (await cluster.credentials("alice")).ca,
  });

  it("threat 15: an approval lends its own roles to its own requester, and nothing else", async () => {
    const approved = await ask(alice, "alice", "dev");
    const pending = await ask(alice, "alice", "ops");
    await cluster.admin().accessRequests.approve(approved);
    await certify(alice, "alice", { accessRequests: [approved] });
    await assert.rejects(
      certify(alice, "alice", { accessRequests: [approved, pending] }),
      isReason("ACCESS_DENIED"),
    );
    await assert.rejects(certify(bob, "bob", { accessRequests: [approved] }), isReason("NOT_FOUND"));
    await assert.rejects(certify(bob, "alice", { accessRequests: [approved] }), isReason("ACCESS_DENIED"));
    await assert.rejects(
      certify(cluster.admin(), "alice", { accessRequests: [approved] }),
      isReason("BAD_PARAMETER", "ACCESS_DENIED"),
    );
  });

  it("threat 15: a certificate counts only for the kind that its authority issues", async () => {
    const { host, user } = cluster.server.rooms.keyring;
    const id = `11111111-1111-4111-8111-111111111111.${cluster.name}`;
    const forged = [
      ["a service by the user authority", await forge(user.x509, id, { roles: ["Admin"] })],
      ["a user by the host authority", await forge(host.x509, "alice", { roles: ["asker"] })],
      ["a user who also names a system role", await forge(user.x509, "alice", { roles: ["asker", "Admin"] })],
    ] as const;
    for (const [what, credentials] of forged) {
      await assert.rejects(cluster.connect(credentials), isReason("UNAVAILABLE"), what);
    }
  });

  it("threat 35: a certificate of the own authority that names another cluster is refused", async () => {
    const { user } = cluster.server.rooms.keyring;
    const credentials = await forge(user.x509, "alice", {
      roles: ["asker"],
      teleportCluster: "leaf.example",
    });
    await assert.rejects(cluster.connect(credentials), isReason("UNAVAILABLE"));
  });

  it("threat 17: a request is not changed after its approval, and the grant ends with it", async () => {
    const id = await ask(alice, "alice", "dev");
    await cluster.admin().accessRequests.approve(id);
    const wider = { ID: id, State: 2, Roles: ["dev", "ops"] };
    await assert.rejects(cluster.admin().auth.setAccessRequestState(wider), isReason("BAD_PARAMETER"));
    const raised = await cluster.connect(await cluster.credentials("alice", { accessRequests: [id] }));
    const { Spec } = await cluster.admin().accessRequests.get(id);
    const accessEndsAt = Number(Spec?.Expires?.seconds ?? 0n) * 1000;
    assert.ok(raised.identity.expiresAt <= accessEndsAt);
    await cluster.admin().accessRequests.delete(id);
    await assert.rejects(certify(raised, "alice", { accessRequests: [id] }), isReason("NOT_FOUND"));
  });

  it("threat 40: a renewal keeps the end, the name and the roles of what it renews", async () => {
    const short = await cluster.connect(await cluster.credentials("alice", { ttlMs: HOUR_MS / 6 }));
    const id = await ask(alice, "alice", "dev");
    const wish = { expiresAt: cluster.clock.now() + 20 * HOUR_MS };
    const { tls } = await certify(short, "alice", wish);
    const renewed = new X509Certificate(tls);
    assert.ok(renewed.validToDate.getTime() <= short.identity.expiresAt, "a renewal ends no later");
    await assert.rejects(certify(short, "bob", wish), isReason("ACCESS_DENIED"));
    await assert.rejects(
      certify(short, "alice", { ...wish, accessRequests: [id] }),
      isReason("ACCESS_DENIED"),
    );
    await assert.rejects(certify(short, "alice", { ...wish, roles: ["editor"] }), isReason("ACCESS_DENIED"));
  });

  it("threat 16: roles that a request lent do not answer requests", async () => {
    await cluster.addRole({
      metadata: { name: "approver" },
      spec: { allow: { rules: [{ resources: ["access_request"], verbs: ["list", "read", "update"] }] } },
    });
    await cluster.addRole({
      metadata: { name: "climber" },
      spec: { allow: { request: { roles: ["approver", "dev"] } } },
    });
    await cluster.addUser("carol", ["climber"]);
    const carol = await cluster.connect(await cluster.credentials("carol"));
    const first = await ask(carol, "carol", "approver");
    const second = await ask(alice, "alice", "dev");
    await cluster.admin().accessRequests.approve(first);
    const raised = await cluster.connect(await cluster.credentials("carol", { accessRequests: [first] }));
    await assert.rejects(raised.accessRequests.approve(second), isReason("ACCESS_DENIED"));
    await assert.rejects(
      raised.accessRequests.approve(await ask(carol, "carol", "dev")),
      isReason("ACCESS_DENIED"),
    );
  });
});

const SOME_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
`;
