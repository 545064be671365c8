import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { isAppError, parseResource, type Reason, type ResourceMessage } from "@sallyport/api";
import type { NodeClient } from "@sallyport/api/node";
import { type Cluster, startCluster } from "@sallyport/testkit";

/** Of every service of the test clusters. */
const HOST_ID = "11111111-1111-4111-8111-111111111111";
let root: Cluster;
let leaf: Cluster;

beforeEach(async () => {
  [root, leaf] = await Promise.all([
    startCluster({ name: "root.example" }),
    startCluster({ name: "leaf.example" }),
  ]);
  await root.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["alice"] } } });
  await root.addUser("alice", ["dev"]);
  await leaf.addRole({
    metadata: { name: "guest" },
    spec: {
      allow: { logins: ["{{internal.logins}}"], rules: [{ resources: ["lock"], verbs: ["list", "read"] }] },
    },
  });
});

afterEach(async () => {
  await Promise.all([root.stop(), leaf.stop()]);
});

const isReason = (reason: Reason) => (error: unknown) => isAppError(error, reason);

function trustedCluster(spec: object, name = "root.example"): ResourceMessage<"trusted_cluster"> {
  const resource = parseResource({
    kind: "trusted_cluster",
    metadata: { name },
    spec: { enabled: true, role_map: [{ remote: "dev", local: ["guest"] }], ...spec },
  });
  assert.ok(resource.kind === "trusted_cluster");
  return resource.message;
}

async function bringOver(type: "user" | "host", from = root, to = leaf): Promise<void> {
  const certAuthority = await from.admin().trust.getCertAuthority({ type, domain: from.name });
  await to.admin().trust.upsertCertAuthority({ certAuthority });
}

async function clusterToken(
  name = "cluster-token-of-the-test",
  roles = ["Trusted_cluster"],
): Promise<string> {
  await root.admin().tokens.create({
    Kind: "token",
    Version: "v2",
    Metadata: { Name: name, Labels: { env: "test" } },
    Spec: { Roles: roles, JoinMethod: "token" },
  });
  return name;
}

/** Alice of the root, at the leaf. */
async function aliceAtLeaf(): Promise<NodeClient> {
  const mine = await root.credentials("alice");
  return leaf.connect({ ...mine, ca: (await leaf.systemIdentity("Nop")).ca });
}

test("clusters whose authorities were brought over by hand trust each other, until they do not", async () => {
  await bringOver("user");
  await leaf.admin().trustedClusters.create(trustedCluster({}));
  const alice = await aliceAtLeaf();
  assert.deepEqual(await alice.locks.list(), []);
  await assert.rejects(alice.roles.get("editor"), isReason("ACCESS_DENIED"));
  const self = await alice.auth.getCurrentUser({});
  assert.deepEqual([self.Metadata?.Name, self.Spec?.Roles], ["remote-alice-root.example", ["guest"]]);
  assert.deepEqual(self.Spec?.Traits?.Values.logins?.Values, ["alice"]);
  assert.deepEqual(await Array.fromAsync(alice.auth.getCurrentUserRoles({}), (role) => role.Metadata?.Name), [
    "guest",
  ]);
  assert.deepEqual(await Array.fromAsync(alice.accessRequests.list()), []);
  await assert.rejects(
    alice.accessRequests.create({ user: "remote-alice-root.example", roles: ["editor"] }),
    isReason("NOT_FOUND"),
  );

  await leaf.admin().trustedClusters.update(trustedCluster({ enabled: false }));
  await assert.rejects(alice.locks.list());
  await assert.rejects(
    leaf.admin().trust.getCertAuthority({ type: "user", domain: "root.example" }),
    isReason("NOT_FOUND"),
  );

  await leaf.admin().trustedClusters.upsert(trustedCluster({ enabled: true }));
  assert.deepEqual(await (await aliceAtLeaf()).locks.list(), []);
  await leaf.admin().trustedClusters.delete("root.example");
  await assert.rejects(aliceAtLeaf());
  const { certAuthoritiesV2 } = await leaf.admin().trust.getCertAuthorities({ type: "user" });
  assert.deepEqual(
    certAuthoritiesV2.map((one) => one.Metadata?.Name),
    ["leaf.example"],
  );
});

test("a live stream of a user of another cluster ends when the trust is turned off", async () => {
  await bringOver("user");
  await leaf.admin().trustedClusters.create(trustedCluster({}));
  const alice = await aliceAtLeaf();
  const stream = alice.auth.watchEvents({ Kinds: [{ Kind: "lock" }] })[Symbol.asyncIterator]();
  await stream.next();
  await leaf.admin().trustedClusters.update(trustedCluster({ enabled: false }));
  await assert.rejects(async () => {
    for (;;) if ((await stream.next()).done) throw new Error("ended");
  });
});

test("one cluster introduces itself to the other with a token, and both know each other", async () => {
  await bringOver("host");
  const token = await clusterToken();
  const wish = trustedCluster({ web_proxy_addr: root.address, token });
  const made = await leaf.admin().trustedClusters.create(wish);
  assert.equal(made.Spec?.ReverseTunnelAddress, root.address);
  assert.deepEqual(await (await aliceAtLeaf()).locks.list(), []);

  const [known] = await Array.fromAsync(root.admin().remoteClusters.list());
  assert.deepEqual(
    [known?.Metadata?.Name, known?.Status?.Connection, known?.Metadata?.Labels],
    ["leaf.example", "offline", { env: "test" }],
  );
  const host = await root.admin().trust.getCertAuthority({ type: "host", domain: "leaf.example" });
  assert.equal(host.Spec?.RoleMap.length, 0);
  await assert.rejects(
    root.admin().trust.getCertAuthority({ type: "user", domain: "leaf.example" }),
    isReason("NOT_FOUND"),
  );

  await root.admin().remoteClusters.delete("leaf.example");
  await assert.rejects(
    root.admin().trust.getCertAuthority({ type: "host", domain: "leaf.example" }),
    isReason("NOT_FOUND"),
  );
});

test("threat 35: a port whose certificate nobody vouches for is told nothing, and trusted with nothing", async () => {
  const token = await clusterToken();
  await assert.rejects(
    leaf.admin().trustedClusters.create(trustedCluster({ web_proxy_addr: root.address, token })),
    (error) => isAppError(error, "ACCESS_DENIED") && /no CA that is known/.test(error.message),
  );
  assert.deepEqual(await leaf.admin().trustedClusters.list(), []);
  assert.deepEqual(await Array.fromAsync(root.admin().remoteClusters.list()), []);
});

test("an address where nobody listens is refused in words", async () => {
  await assert.rejects(
    leaf.admin().trustedClusters.create(trustedCluster({ web_proxy_addr: "127.0.0.1:1", token: "t" })),
    (error) => isAppError(error, "UNAVAILABLE") && /127\.0\.0\.1:1 cannot be reached/.test(error.message),
  );
});

test("threat 35: a token that is unknown, or for something else, lets no cluster in", async () => {
  await bringOver("host");
  const other = await clusterToken("a-token-for-nodes", ["Node"]);
  for (const token of ["guessed", other]) {
    await assert.rejects(
      leaf.admin().trustedClusters.create(trustedCluster({ web_proxy_addr: root.address, token })),
      (error) => isAppError(error, "ACCESS_DENIED") && /refused the introduction/.test(error.message),
    );
  }
  assert.deepEqual(await Array.fromAsync(root.admin().remoteClusters.list()), []);
});

test("threat 35: a cluster that is known already cannot be taken over with other keys", async () => {
  await bringOver("host");
  const token = await clusterToken();
  const wish = () => trustedCluster({ web_proxy_addr: root.address, token });
  await leaf.admin().trustedClusters.create(wish());
  await using impostor = await startCluster({ name: "leaf.example" });
  await bringOver("host", root, impostor);
  await impostor.addRole({ metadata: { name: "guest" }, spec: { allow: { logins: ["x"] } } });
  await assert.rejects(
    impostor.admin().trustedClusters.create(wish()),
    (error) => isAppError(error, "ACCESS_DENIED") && /other keys/.test(error.message),
  );
});

test("threat 35: a certificate that a user of the root has of the leaf is for its services, not for its API", async () => {
  await bringOver("user");
  await leaf.admin().trustedClusters.create(trustedCluster({}));
  const alice = await aliceAtLeaf();
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const user = "remote-alice-root.example";
  const wish = { tlsPublicKey: publicKey, expiresAt: leaf.clock.now() + 60_000 };
  const { tls } = await alice.certificates.generateUserCerts({ user, ...wish });
  await assert.rejects(
    alice.certificates.generateUserCerts({ user: "alice", ...wish }),
    isReason("ACCESS_DENIED"),
  );
  // Also where somebody here is later called the same.
  await leaf.addUser(user, ["editor"]);
  const { ca } = await leaf.systemIdentity("Nop");
  const again = await leaf.connect({ cert: tls, key: privateKey, ca });
  await assert.rejects(again.locks.list(), isReason("ACCESS_DENIED"));
  await assert.rejects(alice.locks.list(), isReason("ACCESS_DENIED"));
});

test("threat 35: the proxy of another cluster tells new keys of its own, and is none of ours", async () => {
  await bringOver("host", leaf, root);
  const { ca } = await root.systemIdentity("Nop");
  const proxy = await root.connect({ ...(await leaf.systemIdentity("Proxy")), ca });
  await leaf.admin().trust.rotateCertAuthority({ type: "host", targetPhase: "init", mode: "manual" });
  const certAuthority = await leaf.admin().trust.getCertAuthority({ type: "host", domain: leaf.name });
  await proxy.trust.rotateExternalCertAuthority({ certAuthority });
  const known = await root.admin().trust.getCertAuthority({ type: "host", domain: leaf.name });
  assert.equal(known.Spec?.AdditionalTrustedKeys?.TLS.length, 1);
  await proxy.auth.replaceRemoteLocks({ ClusterName: leaf.name, Locks: [] });

  const denied = isReason("ACCESS_DENIED");
  const own = await root.admin().trust.getCertAuthority({ type: "host", domain: root.name });
  await assert.rejects(proxy.trust.rotateExternalCertAuthority({ certAuthority: own }), denied);
  await assert.rejects(proxy.trust.upsertCertAuthority({ certAuthority }), denied);
  await assert.rejects(proxy.auth.replaceRemoteLocks({ ClusterName: root.name, Locks: [] }), denied);
  await assert.rejects(
    proxy.auth.generateHostCerts({ HostID: HOST_ID, Role: "Proxy", PublicTLSKey: new Uint8Array([1]) }),
    denied,
  );
  await assert.rejects(proxy.locks.put({ target: { User: "x" } }), denied);
  for (const role of ["Admin", "Node", "Auth"]) {
    const other = await root.connect({ ...(await leaf.systemIdentity(role)), ca });
    await assert.rejects(other.locks.list(), denied, role);
  }
});
