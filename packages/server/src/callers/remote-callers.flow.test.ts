import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { clone, create } from "@bufbuild/protobuf";
import { type AppError, type Identity, isAppError, type Reason } from "@sallyport/api";
import { ReplaceRemoteLocksRequestSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
  LockV2Schema,
  RoleMappingSchema,
  RoleV6Schema,
  UserV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import {
  acceptForeign,
  createVerifyPeer,
  type ForeignAuthorities,
  isTrusted,
  openForeignAuthorities,
  type Peer,
} from "../authority/index.ts";
import { CLUSTER, openAuthority, type SmallAuthority } from "../authority/testing/open-authority.ts";
import { createLockStore, lockRpcs, openLockView } from "../locks/index.ts";
import { createRoleStore, type RoleStore } from "../roles/index.ts";
import { type Caller, type Connection, callerFields, isAdmin } from "../rpc/index.ts";
import { fakeCall } from "../rpc/testing/fake-call.ts";
import { createUserStore, type UserStore } from "../users/index.ts";
import {
  type Authenticate,
  type CallerEpoch,
  createAuthenticate,
  createStreamWatch,
  openCallerEpoch,
} from "./index.ts";

const TWO = "two.example";
const HOUR = 3_600_000;
let clock: StoppedClock;
let own: SmallAuthority;
let two: SmallAuthority;
let foreign: ForeignAuthorities;
let roles: RoleStore;
let users: UserStore;
let epoch: CallerEpoch;
let authenticate: Authenticate;

beforeEach(async () => {
  clock = new StoppedClock();
  own = await openAuthority(clock);
  two = await openAuthority(clock, TWO);
  const { backend, keyring } = own;
  foreign = await openForeignAuthorities(backend, own.authorities, CLUSTER);
  roles = createRoleStore(backend);
  users = createUserStore(backend);
  epoch = await openCallerEpoch(backend);
  const lockView = await openLockView(backend, clock);
  authenticate = createAuthenticate({
    clusterName: CLUSTER,
    userOf: users.get,
    rolesOf: roles.getAll,
    lockOn: (subjects, now, mode) => lockView.lockOn(subjects, now, mode),
    lockingMode: async () => "best_effort",
    isRevoked: (certificate) => own.revocations.ofShown(certificate) !== undefined,
    trusts: (peer) => isTrusted({ keyring, foreign, clusterName: CLUSTER }, peer),
    roleMapOf: (cluster) => foreign.of("user", cluster)?.roleMap,
    epoch: epoch.now,
  });
  await putRole("guest", { Logins: ["{{internal.logins}}"] });
  await putRole("editor", { Rules: [{ Resources: ["*"], Verbs: ["*"] }] });
  await trust("user", { dev: ["guest"] });
});

const putRole = (Name: string, Allow: object, Options = {}) =>
  roles.resources.upsert(
    create(RoleV6Schema, { Kind: "role", Version: "v8", Metadata: { Name }, Spec: { Allow, Options } }),
  );
const putLock = (Target: object) =>
  createLockStore(own.backend).upsert(
    create(LockV2Schema, { Kind: "lock", Version: "v2", Metadata: { Name: "l" }, Spec: { Target } }),
  );

/** Brings an authority of the other cluster over, as an administrator does. */
async function trust(type: "user" | "host", map: Record<string, string[]> = {}): Promise<CertAuthorityV2> {
  const theirs = clone(CertAuthorityV2Schema, await two.authorities.ensure(type));
  theirs.Spec!.RoleMap = Object.entries(map).map(([Remote, Local]) =>
    create(RoleMappingSchema, { Remote, Local }),
  );
  return own.authorities.of(type).upsert(acceptForeign(theirs, CLUSTER).authority);
}

async function verdictOn(der: Buffer) {
  const info = { serverName: undefined, remoteAddress: "", remoteIp: "", remotePort: 1 };
  return createVerifyPeer(own.keyring, clock, CLUSTER, foreign)([der], info);
}

async function connect(
  identity: Partial<Identity>,
  by: "user" | "host" = "user",
  from: SmallAuthority = two,
): Promise<Connection> {
  const verdict = await verdictOn(await from.issue(by, identity));
  assert.ok(verdict.ok, verdict.ok ? "" : verdict.because);
  const peer = verdict.peer as Peer;
  return { id: 1, protocol: "h2", peer, remoteIp: "192.0.2.7", remotePort: 50_000 } as unknown as Connection;
}
const call = async (connection: Connection): Promise<Caller> => authenticate(connection, clock.now());
const refused = (reason: Reason, cause?: RegExp) => (error: unknown) =>
  isAppError(error, reason) && (cause === undefined || cause.test(String((error as AppError).cause)));

test("a user of another cluster has the roles that the map gives, under a name that tells both", async () => {
  const caller = await call(await connect({ username: "alice", roles: ["dev", "admin"] }));
  assert.deepEqual(
    [caller.kind, caller.name, caller.roles, caller.origin],
    ["user", `remote-alice-${TWO}`, ["guest"], { cluster: TWO, username: "alice" }],
  );
  assert.equal(caller.identity?.teleportCluster, CLUSTER);
  assert.deepEqual(callerFields({ caller, remoteAddress: "" }), {
    user: `remote-alice-${TWO}`,
    user_kind: 1,
    user_cluster_name: TWO,
  });
});

test("these traits are what the certificate says, whatever it calls its traits", async () => {
  const lists = {
    principals: ["root"],
    kubernetesGroups: ["kg"],
    kubernetesUsers: ["ku"],
    databaseNames: ["dn"],
    databaseUsers: ["du"],
    awsRoleArns: ["arn"],
  };
  const traits = { logins: ["evil"], db_users: ["evil"], team: ["a"] };
  const caller = await call(await connect({ username: "alice", roles: ["dev"], traits, ...lists }));
  assert.deepEqual(caller.traits, {
    team: ["a"],
    logins: ["root"],
    kubernetes_groups: ["kg"],
    kubernetes_users: ["ku"],
    db_names: ["dn"],
    db_users: ["du"],
    aws_role_arns: ["arn"],
  });
});

test("threat 35: a cluster that is not trusted, or only with its hosts, sends no user", async () => {
  await own.authorities.of("user").delete(TWO);
  await trust("host");
  const verdict = await verdictOn(await two.issue("user", { roles: ["dev"] }));
  assert.equal(verdict.ok, false);
});

test("threat 35: a trusted cluster vouches for its own users only", async () => {
  for (const identity of [{ teleportCluster: CLUSTER }, { teleportCluster: "three.example" }]) {
    const verdict = await verdictOn(await two.issue("user", { roles: ["dev"], ...identity }));
    assert.deepEqual(verdict, { ok: false, because: "the certificate is of another cluster" });
  }
});

test("threat 35: a local user of the same name is somebody else, and of the remote name keeps the other out", async () => {
  const put = (Name: string) =>
    users.resources.upsert(
      create(UserV2Schema, { Kind: "user", Version: "v2", Metadata: { Name }, Spec: { Roles: ["editor"] } }),
    );
  await put("alice");
  const caller = await call(await connect({ username: "alice", roles: ["dev"] }));
  assert.equal(caller.permissions.check("user", ["read"]).allow, false);
  await put(`remote-alice-${TWO}`);
  await assert.rejects(
    call(await connect({ username: "alice", roles: ["dev"] })),
    refused("ACCESS_DENIED", /local user/),
  );
});

test("threat 35: what was issued here to a remote user lets nobody in as a local one", async () => {
  const Name = `remote-alice-${TWO}`;
  await users.resources.upsert(
    create(UserV2Schema, { Kind: "user", Version: "v2", Metadata: { Name }, Spec: { Roles: ["editor"] } }),
  );
  const issued = await connect({ username: Name, roles: ["guest"], userType: "remote" }, "user", own);
  await assert.rejects(call(issued), refused("ACCESS_DENIED"));
  const local = await connect({ username: Name, roles: ["guest"], userType: "local" }, "user", own);
  assert.equal((await call(local)).name, Name);
});

test("threat 16: whoever is mapped to nothing, or to what is not there, is refused", async () => {
  await assert.rejects(call(await connect({ roles: ["ops"] })), refused("ACCESS_DENIED", /no role/));
  await assert.rejects(call(await connect({ roles: [] })), refused("ACCESS_DENIED", /no role/));
  await trust("user", { dev: ["ghost"] });
  await assert.rejects(call(await connect({ roles: ["dev"] })), refused("ACCESS_DENIED", /not there/));
  await trust("user", {});
  await assert.rejects(call(await connect({ roles: ["dev"] })), refused("ACCESS_DENIED", /no role/));
});

test("threat 16: a foreign role is a role here only where the map says so, and a system role never", async () => {
  await assert.rejects(call(await connect({ roles: ["editor"] })), refused("ACCESS_DENIED"));
  await trust("user", { "^(.*)$": ["$1"] });
  for (const role of ["Admin", "Proxy", "Auth"]) {
    // As a user's, the certificate would have to be one of the host authority, which is not trusted here.
    assert.equal((await verdictOn(await two.issue("user", { roles: [role] }))).ok, false);
    assert.equal((await verdictOn(await two.issue("host", { roles: [role] }))).ok, false);
  }
  assert.deepEqual((await call(await connect({ roles: ["guest"] }))).roles, ["guest"]);
});

test("threat 16: of another cluster's services only its proxy comes in, and it is none of ours", async () => {
  await trust("host");
  const system = { username: `id.${TWO}` };
  for (const role of ["Admin", "Auth", "Node", "Instance", "Bot", "RemoteProxy"]) {
    const connection = await connect({ ...system, roles: [role], systemRoles: ["Proxy", "Admin"] }, "host");
    await assert.rejects(call(connection), refused("ACCESS_DENIED"), role);
  }
  await assert.rejects(
    call(await connect({ ...system, roles: ["Proxy", "Admin"] }, "host")),
    refused("ACCESS_DENIED"),
  );
  const proxy = await call(await connect({ ...system, roles: ["Proxy"], systemRoles: ["Admin"] }, "host"));
  assert.deepEqual([proxy.kind, proxy.roles, isAdmin(proxy)], ["system", ["RemoteProxy"], false]);
  assert.deepEqual([proxy.identity?.roles, proxy.identity?.systemRoles], [["RemoteProxy"], []]);
  const may = (kind: string, verb: never, name: string) =>
    proxy.permissions.check(kind, [verb], { kind, metadata: { name } }).allow;
  assert.equal(may("cert_authority", "rotate" as never, TWO), true);
  assert.equal(may("cert_authority", "rotate" as never, CLUSTER), false);
  assert.equal(may("semaphore", "create" as never, "x"), false);
});

test("threat 35: a proxy of another cluster has no name of this one", async () => {
  await trust("host");
  for (const username of ["alice", `id.${CLUSTER}`, TWO]) {
    const connection = await connect({ username, roles: ["Proxy"] }, "host");
    await assert.rejects(call(connection), refused("ACCESS_DENIED", /name of something else/), username);
  }
});

test("threat 35: what another cluster locks holds for whoever comes from there, and for nobody of this one", async () => {
  await trust("host");
  const proxy = await call(await connect({ username: `id.${TWO}`, roles: ["Proxy"] }, "host"));
  const locked = [{ User: "alice" }, { Role: "editor" }, { Role: "Admin" }, { Role: "Proxy" }];
  const Locks = locked.map((Target, index) =>
    create(LockV2Schema, { Metadata: { Name: `l${index}` }, Spec: { Target } }),
  );
  const { backend } = own;
  const rpcs = lockRpcs({ backend, locks: createLockStore(backend), auditChange: () => assert.fail() });
  const request = create(ReplaceRemoteLocksRequestSchema, { ClusterName: TWO, Locks });
  await rpcs.replaceRemoteLocks.handle(request, fakeCall(proxy));
  const Name = "alice";
  await users.resources.upsert(
    create(UserV2Schema, { Kind: "user", Version: "v2", Metadata: { Name }, Spec: {} }),
  );
  const here = await connect({ username: Name, roles: ["editor"] }, "user", own);
  assert.equal((await call(here)).name, Name);
  const admin = await connect({ username: `id.${CLUSTER}`, roles: ["Admin"] }, "host", own);
  assert.ok(isAdmin(await call(admin)));
  await assert.rejects(call(await connect({ username: Name, roles: ["dev"] })), refused("LOCKED"));
});

const losses: [string, () => Promise<unknown>, Reason][] = [
  ["its authority is removed", () => own.authorities.of("user").delete(TWO), "ACCESS_DENIED"],
  ["the map gives nothing any more", () => trust("user", {}), "ACCESS_DENIED"],
  ["the role is deleted", () => roles.resources.delete("guest"), "ACCESS_DENIED"],
  ["it is locked by the name here", () => putLock({ User: `remote-alice-${TWO}` }), "LOCKED"],
  ["it is locked by the name there", () => putLock({ User: "alice" }), "LOCKED"],
  ["the role there is locked", () => putLock({ Role: "dev" }), "LOCKED"],
  ["the role here is locked", () => putLock({ Role: "guest" }), "LOCKED"],
  ["the access request there is locked", () => putLock({ AccessRequest: "r1" }), "LOCKED"],
];
for (const [name, happen, reason] of losses) {
  test(`threat 18: ${name}: the next call is refused, and live streams end`, async () => {
    const connection = await connect({ username: "alice", roles: ["dev"], activeRequests: ["r1"] });
    const caller = await call(connection);
    const ended: AppError[] = [];
    const watch = createStreamWatch({
      authenticate,
      epoch,
      clock,
      onError: (error) => assert.fail(String(error)),
    });
    watch(caller, connection, (error) => ended.push(error));
    await happen();
    await assert.rejects(call(connection), refused(reason));
    clock.advance(50);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      ended.map((error) => error.reason),
      [reason],
    );
  });
}

test("threat 18: a certificate that expires during the connection is refused, as is one of an expired authority", async () => {
  const connection = await connect({ roles: ["dev"] });
  clock.advance(HOUR);
  await assert.rejects(call(connection), refused("CERTIFICATE_EXPIRED"));
  const far = 30 * 365 * 24 * HOUR;
  const der = await two.issue("user", { roles: ["dev"] }, { notAfterAt: clock.now() + far });
  const verdict = await verdictOn(der);
  assert.ok(verdict.ok && (verdict.peer as Peer).notAfterAt < clock.now() + far);
  clock.advance(20 * 365 * 24 * HOUR);
  assert.deepEqual(await verdictOn(der), {
    ok: false,
    because: "the authority of the certificate has expired",
  });
});

test("while the other cluster rotates, both its keys are trusted; afterwards only the new one", async () => {
  const before = await connect({ roles: ["dev"] });
  const fresh = await openAuthority(clock, TWO);
  const old = await two.authorities.ensure("user");
  const both = clone(CertAuthorityV2Schema, old);
  const next = await fresh.authorities.ensure("user");
  both.Spec!.RoleMap = [create(RoleMappingSchema, { Remote: "dev", Local: ["guest"] })];
  both.Spec!.ActiveKeys = next.Spec!.ActiveKeys!;
  both.Spec!.AdditionalTrustedKeys = old.Spec!.ActiveKeys!;
  await own.authorities.of("user").upsert(acceptForeign(both, CLUSTER).authority);
  await connect({ roles: ["dev"] });
  await call(await connect({ roles: ["dev"] }, "user", fresh));
  delete both.Spec!.AdditionalTrustedKeys;
  await own.authorities.of("user").upsert(acceptForeign(both, CLUSTER).authority);
  await assert.rejects(call(before), refused("UNAVAILABLE"));
  assert.equal((await verdictOn(await two.issue("user", { roles: ["dev"] }))).ok, false);
  await call(await connect({ roles: ["dev"] }, "user", fresh));
});

test("threat 19: a pin to an address holds for a user of another cluster as well", async () => {
  const connection = await connect({ roles: ["dev"], pinnedIp: "192.0.2.8" });
  await assert.rejects(call(connection), refused("ACCESS_DENIED"));
  await putRole("guest", {}, { PinSourceIP: true });
  await assert.rejects(call(await connect({ roles: ["dev"] })), refused("ACCESS_DENIED"));
});

test("a bot of another cluster renews nothing here, and its requests and devices are not ours", async () => {
  const { identity } = await call(
    await connect({
      username: "bot-a",
      roles: ["dev"],
      renewable: true,
      generation: 4n,
      botName: "a",
      botInstanceId: "i",
      activeRequests: ["r1"],
      impersonator: "bob",
      disallowReissue: true,
      allowedResourceIds: [`/${TWO}/node/n`],
    }),
  );
  assert.deepEqual(
    [identity?.renewable, identity?.generation, identity?.botInstanceId, identity?.activeRequests],
    [false, 0n, "", []],
  );
  assert.deepEqual(
    [identity?.impersonator, identity?.disallowReissue, identity?.allowedResourceIds],
    [`remote-bob-${TWO}`, true, [`/${TWO}/node/n`]],
  );
});

test("once changes are not heard of any more, no other cluster is trusted", async () => {
  await connect({ roles: ["dev"] });
  await own.backend.close();
  assert.equal(foreign.of("user", TWO), undefined);
  assert.equal((await verdictOn(await two.issue("user", { roles: ["dev"] }))).ok, false);
});
