import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { clone, create } from "@bufbuild/protobuf";
import { isAppError, type Reason } from "@sallyport/api";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
  RoleMappingSchema,
  type TrustedClusterV2,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { acceptForeign, type CaType } from "../authority/index.ts";
import { openAuthority } from "../authority/testing/open-authority.ts";
import type { Call } from "../rpc/index.ts";
import { callerWho } from "../rpc/testing/callers.ts";
import { fakeCall } from "../rpc/testing/fake-call.ts";
import { deleteRemoteCluster, deleteTrustedCluster } from "./forget-cluster.ts";
import { trustedClusterRpcs } from "./index.ts";
import { registerCluster } from "./register-cluster.ts";
import { createTrustedCluster, updateTrustedCluster, upsertTrustedCluster } from "./save-trusted-cluster.ts";
import { authorityOf, openTrust, type SmallTrust, trustedCluster } from "./testing/open-trust.ts";
import { updateRemoteCluster } from "./update-remote-cluster.ts";

const ONE = "one.example";
const TWO = "two.example";
const clock = new StoppedClock();
const call: Call = fakeCall(callerWho("user", "eve", []));
let one: SmallTrust;
let two: SmallTrust;

const open = async (name: string) => openTrust(await openAuthority(clock, name), name, clock);

beforeEach(async () => {
  one = await open(ONE);
  two = await open(TWO);
});

const refused =
  (reason: Reason, why = /./) =>
  (error: unknown) =>
    isAppError(error, reason) && why.test(error.message);

async function bringOver(type: CaType = "user", from = two): Promise<void> {
  const { authority } = acceptForeign(await authorityOf(from, type), ONE);
  await one.own.authorities.of(type).upsert(authority);
}
const userCa = async () => (await one.own.authorities.of("user").read(TWO)).Spec;
const localRoles = async () => (await userCa())?.RoleMap.map(({ Remote, Local }) => [Remote, ...Local]);

/** The other cluster answers as it does at its port. */
function reachTwo(change: (cas: CertAuthorityV2[]) => readonly CertAuthorityV2[] = (cas) => cas): void {
  two.tokens.t = { roles: ["Trusted_cluster"], labels: { env: "x" }, joinMethod: "token" };
  one.reached = async (_, introduction) => {
    const answer = await registerCluster(two.deps, introduction, call);
    return change(answer.map((authority) => clone(CertAuthorityV2Schema, authority)));
  };
}
const remote = { ProxyAddress: "two.example:443", Token: "t" };

test("authorities that are here already are mapped and adopted; the audit log says who trusts whom", async () => {
  await bringOver();
  await createTrustedCluster(one.deps, trustedCluster(), call);
  assert.deepEqual(await localRoles(), [["dev", "guest"]]);
  const [entry] = await one.auditEvents();
  assert.deepEqual(
    [entry?.event, entry?.code, entry?.name, entry?.user],
    ["trusted_cluster.create", "T7000I", TWO, "eve"],
  );
  await assert.rejects(createTrustedCluster(one.deps, trustedCluster(), call), refused("ALREADY_EXISTS"));
});

test("without an address and without authorities nothing is trusted", async () => {
  await assert.rejects(
    createTrustedCluster(one.deps, trustedCluster(), call),
    refused("BAD_PARAMETER", /no user authority .* is here/),
  );
  await bringOver("host");
  await assert.rejects(createTrustedCluster(one.deps, trustedCluster(), call), refused("BAD_PARAMETER"));
});

test("a cluster that answers is trusted with every authority it tells, and only its users are mapped", async () => {
  reachTwo();
  await createTrustedCluster(one.deps, trustedCluster(remote), call);
  const foreign = (await one.stored()).filter((path) => path.endsWith(TWO));
  assert.deepEqual(foreign, [`db/${TWO}`, `host/${TWO}`, `openssh/${TWO}`, `user/${TWO}`]);
  assert.deepEqual(await localRoles(), [["dev", "guest"]]);
  assert.equal((await one.own.authorities.of("host").read(TWO)).Spec?.RoleMap.length, 0);
  const known = await two.deps.remoteClusters.read(ONE);
  assert.deepEqual([known.Metadata?.Labels, known.Status?.Connection], [{ env: "x" }, "offline"]);
});

test("trust that is off keeps its authorities apart, so that it can be turned on again", async () => {
  await bringOver();
  await bringOver("host");
  const made = await createTrustedCluster(one.deps, trustedCluster({ Enabled: false }), call);
  const apart = [`host/${TWO}`, `user/${TWO}`];
  const foreign = async (place?: string) => (await one.stored(place)).filter((path) => path.endsWith(TWO));
  assert.deepEqual([await foreign(), await foreign("inactive_authorities")], [[], apart]);
  const on = await updateTrustedCluster(one.deps, switched(made, true), call);
  assert.deepEqual([await foreign(), await foreign("inactive_authorities")], [apart, []]);
  await updateTrustedCluster(one.deps, switched(on, false), call);
  assert.deepEqual([await foreign(), await foreign("inactive_authorities")], [[], apart]);
  await deleteTrustedCluster(one.deps, TWO, call);
  assert.deepEqual([await foreign(), await foreign("inactive_authorities")], [[], []]);
  assert.equal((await one.auditEvents()).at(-1)?.code, "T7001I");
});

const switched = (made: TrustedClusterV2, Enabled: boolean): TrustedClusterV2 => ({
  ...made,
  ...(made.Spec === undefined ? {} : { Spec: { ...made.Spec, Enabled } }),
});

test("the map may change, with whom it is may not", async () => {
  await bringOver();
  await createTrustedCluster(one.deps, trustedCluster(), call);
  await upsertTrustedCluster(one.deps, trustedCluster({}, TWO, { "*": ["ops"] }), call);
  assert.deepEqual(await localRoles(), [["*", "ops"]]);
  assert.equal((await one.auditEvents()).length, 2, "both are in the audit log");
  const unknown = upsertTrustedCluster(one.deps, trustedCluster({}, TWO, { "*": ["none"] }), call);
  await assert.rejects(unknown, refused("NOT_FOUND", /"none" of the role map/));
  for (const change of [
    { Token: "other" },
    { ProxyAddress: "x.example:1", Token: "t" },
    { ReverseTunnelAddress: "x.example:1" },
    { Roles: ["guest"], RoleMap: [] },
  ]) {
    await assert.rejects(
      upsertTrustedCluster(one.deps, trustedCluster(change), call),
      refused("BAD_PARAMETER", /cannot be changed/),
      JSON.stringify(change),
    );
  }
});

test("an update that was decided on something else is refused", async () => {
  await bringOver();
  const made = await createTrustedCluster(one.deps, trustedCluster(), call);
  await upsertTrustedCluster(one.deps, trustedCluster({}, TWO, { "*": ["ops"] }), call);
  await assert.rejects(updateTrustedCluster(one.deps, made, call), refused("COMPARE_FAILED"));
  await assert.rejects(
    updateTrustedCluster(one.deps, trustedCluster({}, "ghost"), call),
    refused("NOT_FOUND"),
  );
});

const bad: [string, TrustedClusterV2, Reason, RegExp][] = [
  ["of this cluster", trustedCluster({}, ONE), "BAD_PARAMETER", /this cluster/],
  ["without a map", trustedCluster({}, TWO, {}), "BAD_PARAMETER", /role_map is missing/],
  ["with a map and roles", trustedCluster({ Roles: ["guest"] }), "BAD_PARAMETER", /not both/],
  ["to a role that is not there", trustedCluster({}, TWO, { dev: ["ghost"] }), "NOT_FOUND", /"ghost"/],
  ["to a system role", trustedCluster({}, TWO, { dev: ["Admin"] }), "BAD_PARAMETER", /system role/],
  [
    "to a system role for all",
    trustedCluster({ Roles: ["Proxy"], RoleMap: [] }),
    "BAD_PARAMETER",
    /system role/,
  ],
  ["at a URL", trustedCluster({ ProxyAddress: "https://x:1/", Token: "t" }), "BAD_PARAMETER", /host:port/],
  ["at a path", trustedCluster({ ProxyAddress: "x:443/../y", Token: "t" }), "BAD_PARAMETER", /host:port/],
  [
    "at somebody's name",
    trustedCluster({ ProxyAddress: "a@b:443", Token: "t" }),
    "BAD_PARAMETER",
    /host:port/,
  ],
  ["at no port", trustedCluster({ ProxyAddress: "x:99999", Token: "t" }), "BAD_PARAMETER", /host:port/],
  ["without a token", trustedCluster({ ProxyAddress: "x:443" }), "BAD_PARAMETER", /token is missing/],
];
for (const [name, sent, reason, why] of bad) {
  test(`a trusted cluster ${name} is refused`, async () => {
    await bringOver();
    await assert.rejects(createTrustedCluster(one.deps, sent, call), refused(reason, why));
    assert.deepEqual(await one.deps.trustedClusters.get(TWO), undefined);
  });
}

const lies: [string, (cas: CertAuthorityV2[]) => Promise<CertAuthorityV2[]> | CertAuthorityV2[], RegExp][] = [
  ["tells nothing", () => [], /without any/],
  ["tells of this cluster", async () => [await authorityOf(one, "user")], /own cluster/],
  [
    "tells of a third one",
    async (cas) => [...cas, await authorityOf(await open("three.example"), "user")],
    /not all its own/,
  ],
  ["tells one type twice", (cas) => [...cas, ...cas.slice(0, 1)], /not all its own/],
];
for (const [name, lie, why] of lies) {
  test(`threat 35: a cluster that ${name} is not trusted`, async () => {
    reachTwo();
    const { reached } = one;
    one.reached = async (...asked) => lie([...(await reached(...asked))]);
    await assert.rejects(createTrustedCluster(one.deps, trustedCluster(remote), call), (error: Error) =>
      why.test(error.message),
    );
    assert.deepEqual(
      (await one.stored()).filter((path) => !path.endsWith(ONE)),
      [],
    );
  });
}

test("threat 35: an answer does not replace keys that are known already", async () => {
  await bringOver("host", await open(TWO));
  reachTwo();
  await assert.rejects(
    createTrustedCluster(one.deps, trustedCluster(remote), call),
    refused("ALREADY_EXISTS", /another host authority/),
  );
});

test("threat 16: what the other cluster says on roles of ours is not listened to", async () => {
  reachTwo((cas) => {
    for (const { Spec: spec } of cas) if (spec !== undefined) spec.Roles = ["ops"];
    return cas;
  });
  await createTrustedCluster(one.deps, trustedCluster(remote), call);
  assert.deepEqual([(await userCa())?.Roles, await localRoles()], [[], [["dev", "guest"]]]);
  assert.deepEqual((await one.own.authorities.of("host").read(TWO)).Spec?.Roles, []);
});

test("threat 16: nor what a cluster says of them that introduces itself", async () => {
  two.tokens.t = { roles: ["Trusted_cluster"], labels: {}, joinMethod: "token" };
  const sent = clone(CertAuthorityV2Schema, await authorityOf(one, "host"));
  const RoleMap = [create(RoleMappingSchema, { Remote: "*", Local: ["ops"] })];
  if (sent.Spec !== undefined) Object.assign(sent.Spec, { Roles: ["ops"], RoleMap });
  await registerCluster(two.deps, { token: "t", authorities: [sent] }, call);
  const { Spec: spec } = await two.own.authorities.of("host").read(ONE);
  assert.deepEqual([spec?.Roles, spec?.RoleMap], [[], []]);
});

test("the name is that of the cluster: current clients are told, older ones have it put right", async () => {
  reachTwo();
  await assert.rejects(
    createTrustedCluster(one.deps, trustedCluster(remote, "nickname"), call),
    refused("BAD_PARAMETER", /is called "two\.example"/),
  );
  const { upsertTrustedCluster: older } = trustedClusterRpcs(one.deps);
  const made = (await older.handle(trustedCluster(remote, "nickname"), call)) as TrustedClusterV2;
  assert.equal(made.Metadata?.Name, TWO);
});

test("a cluster that trusts this one cannot be trusted by it, nor the other way round", async () => {
  reachTwo();
  await createTrustedCluster(one.deps, trustedCluster(remote), call);
  one.tokens.t = { roles: ["Trusted_cluster"], labels: {}, joinMethod: "token" };
  const introduction = { token: "t", authorities: [await authorityOf(two, "host")] };
  await assert.rejects(registerCluster(one.deps, introduction, call), refused("ACCESS_DENIED", /is trusted/));
  two.reached = async () => [await authorityOf(one, "user")];
  const back = trustedCluster({ ProxyAddress: "one.example:443", Token: "t" }, ONE);
  await assert.rejects(createTrustedCluster(two.deps, back, call), refused("BAD_PARAMETER", /trusts this/));
});

const introductions: [
  string,
  (token: string) => Promise<{ token: string; authorities: CertAuthorityV2[] }>,
][] = [
  ["an unknown token", async () => ({ token: "x", authorities: [await authorityOf(one, "host")] })],
  ["a token for nodes", async () => ({ token: "nodes", authorities: [await authorityOf(one, "host")] })],
  ["a token of a cloud", async () => ({ token: "cloud", authorities: [await authorityOf(one, "host")] })],
  ["its user authority", async (token) => ({ token, authorities: [await authorityOf(one, "user")] })],
  ["nothing to show", async (token) => ({ token, authorities: [] })],
  [
    "more than it needs",
    async (token) => ({
      token,
      authorities: [await authorityOf(one, "host"), await authorityOf(one, "user")],
    }),
  ],
];
for (const [name, make] of introductions) {
  test(`threat 35: a cluster that comes with ${name} is refused`, async () => {
    two.tokens = {
      t: { roles: ["Trusted_cluster"], labels: {}, joinMethod: "token" },
      nodes: { roles: ["Node"], labels: {}, joinMethod: "token" },
      cloud: { roles: ["Trusted_cluster"], labels: {}, joinMethod: "iam" },
    };
    await assert.rejects(registerCluster(two.deps, await make("t"), call), refused("ACCESS_DENIED"));
    assert.deepEqual((await two.deps.remoteClusters.list({ limit: 10 })).resources, []);
  });
}

test("threat 23: what another cluster is told holds no private key, and comes again as long as its keys are the same", async () => {
  two.tokens.t = { roles: ["Trusted_cluster"], labels: {}, joinMethod: "token" };
  const introduction = { token: "t", authorities: [await authorityOf(one, "host")] };
  const first = await registerCluster(two.deps, introduction, call);
  const again = await registerCluster(two.deps, introduction, call);
  assert.deepEqual(
    again.map(({ SubKind }) => SubKind),
    ["host", "user", "db", "openssh"],
  );
  for (const { Spec: spec } of first) {
    const pairs = [...(spec?.ActiveKeys?.TLS ?? []).map(({ Key }) => Key)];
    const ssh = (spec?.ActiveKeys?.SSH ?? []).map(({ PrivateKey }) => PrivateKey);
    assert.ok([...pairs, ...ssh].every((key) => key.length === 0));
  }
  const [own] = introduction.authorities;
  const other = await authorityOf(await open(ONE), "host");
  const further = clone(CertAuthorityV2Schema, own ?? assert.fail());
  if (further.Spec !== undefined)
    Object.assign(further.Spec, { AdditionalTrustedKeys: other.Spec?.ActiveKeys });
  for (const authority of [other, further]) {
    await assert.rejects(
      registerCluster(two.deps, { token: "t", authorities: [authority] }, call),
      refused("ACCESS_DENIED", /other keys/),
    );
  }
});

test("threat 35: nobody introduces hosts for users that are trusted here, whose keys they could tell anew", async () => {
  one.tokens.t = { roles: ["Trusted_cluster"], labels: {}, joinMethod: "token" };
  const introduction = { token: "t", authorities: [await authorityOf(two, "host")] };
  // Brought over by hand, with a map and without a trusted cluster.
  await bringOver("user");
  await assert.rejects(
    registerCluster(one.deps, introduction, call),
    refused("ACCESS_DENIED", /are trusted here/),
  );
  assert.deepEqual(await one.deps.remoteClusters.get(TWO), undefined);
  await one.own.authorities.of("user").delete(TWO);
  // And not at that very moment either.
  const { remoteClusters } = one.deps;
  const deps = {
    ...one.deps,
    remoteClusters: {
      ...remoteClusters,
      create: async (...parts: Parameters<typeof remoteClusters.create>) => {
        await bringOver("user");
        return remoteClusters.create(...parts);
      },
    },
  };
  await assert.rejects(registerCluster(deps, introduction, call), refused("COMPARE_FAILED"));
  assert.deepEqual((await one.stored()).includes(`host/${TWO}`), false);
});

test("a remote cluster is changed by its mask, or as a whole at its revision", async () => {
  two.tokens.t = { roles: ["Trusted_cluster"], labels: {}, joinMethod: "token" };
  await registerCluster(two.deps, { token: "t", authorities: [await authorityOf(one, "host")] }, call);
  const found = await two.deps.remoteClusters.read(ONE);
  const wish = {
    ...found,
    Metadata: { ...found.Metadata!, Labels: { a: "b" }, Description: "d", Revision: "" },
  };
  const masked = await updateRemoteCluster(two.deps, wish, ["Metadata.Labels"], call);
  assert.deepEqual([masked.Metadata?.Labels, masked.Metadata?.Description], [{ a: "b" }, ""]);
  await assert.rejects(
    updateRemoteCluster(two.deps, wish, ["Metadata.Name"], call),
    refused("BAD_PARAMETER"),
  );
  await assert.rejects(updateRemoteCluster(two.deps, wish, ["__proto__"], call), refused("BAD_PARAMETER"));
  await assert.rejects(updateRemoteCluster(two.deps, found, [], call), refused("COMPARE_FAILED"));
  await assert.rejects(updateRemoteCluster(two.deps, undefined, [], call), refused("BAD_PARAMETER"));
  const ghost = { ...wish, Metadata: { ...wish.Metadata, Name: "ghost" } };
  await assert.rejects(updateRemoteCluster(two.deps, ghost, ["Metadata.Labels"], call), refused("NOT_FOUND"));
});

test("a remote cluster is forgotten with its authorities; this cluster cannot be", async () => {
  two.tokens.t = { roles: ["Trusted_cluster"], labels: {}, joinMethod: "token" };
  await registerCluster(two.deps, { token: "t", authorities: [await authorityOf(one, "host")] }, call);
  await deleteRemoteCluster(two.deps, ONE, call);
  assert.deepEqual(
    (await two.stored()).filter((path) => path.endsWith(ONE)),
    [],
  );
  await assert.rejects(deleteRemoteCluster(two.deps, ONE, call), refused("NOT_FOUND"));
  await assert.rejects(deleteRemoteCluster(two.deps, TWO, call), refused("BAD_PARAMETER"));
  await assert.rejects(deleteTrustedCluster(two.deps, TWO, call), refused("BAD_PARAMETER"));
  await assert.rejects(deleteTrustedCluster(two.deps, "", call), refused("BAD_PARAMETER"));
});

test("the audit log says which cluster introduced itself, and what was changed of it since", async () => {
  two.tokens.t = { roles: ["Trusted_cluster"], labels: {}, joinMethod: "token" };
  const introduction = { token: "t", authorities: [await authorityOf(one, "host")] };
  await registerCluster(two.deps, introduction, call);
  // Nothing changes when it comes again.
  await registerCluster(two.deps, introduction, call);
  await updateRemoteCluster(two.deps, await two.deps.remoteClusters.read(ONE), [], call);
  await updateRemoteCluster(two.deps, await two.deps.remoteClusters.read(ONE), ["Metadata.Labels"], call);
  await deleteRemoteCluster(two.deps, ONE, call);
  const events = (await two.auditEvents()).map(({ event, code, name }) => [event, code, name]);
  assert.deepEqual(events, [
    ["remote_cluster.create", "SRC001I", ONE],
    ["remote_cluster.update", "SRC002I", ONE],
    ["remote_cluster.update", "SRC002I", ONE],
    ["remote_cluster.delete", "SRC003I", ONE],
  ]);
  assert.doesNotMatch(JSON.stringify(await two.auditEvents()), /"t"/);
});

test("threat 9: one token does not bring in clusters without end; who is known is answered still", async () => {
  two.tokens.t = { roles: ["Trusted_cluster"], labels: {}, joinMethod: "token" };
  const introduction = { token: "t", authorities: [await authorityOf(one, "host")] };
  const { remoteClusters } = two.deps;
  const list = async () => ({ resources: Array(500).fill(trustedCluster()), nextKey: "" });
  const full = { ...two.deps, remoteClusters: { ...remoteClusters, list: list as never } };
  await assert.rejects(registerCluster(full, introduction, call), refused("LIMIT_EXCEEDED", /remove one/));
  assert.equal(await remoteClusters.get(ONE), undefined);
  await registerCluster(two.deps, introduction, call);
  assert.equal((await registerCluster(full, introduction, call)).length, 4);
});
