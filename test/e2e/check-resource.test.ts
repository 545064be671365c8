import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isAppError } from "@sallyport/api";
import { type Cluster, startCluster } from "@sallyport/testkit";

type Request = Parameters<ReturnType<Cluster["admin"]>["accessExplain"]["checkResource"]>[0];
type Resource = NonNullable<NonNullable<Request>["resource"]>;

const role = (Name: string) =>
  ({ case: "role", value: { Version: "v8", Metadata: { Name }, Spec: {} } }) as const;
const lock = (Name: string) =>
  ({ case: "lock", value: { Metadata: { Name }, Spec: { Target: { User: "bob" } } } }) as const;
const identity = (name: string, id = "/x") =>
  ({
    case: "workloadIdentity",
    value: { kind: "workload_identity", version: "v1", metadata: { name }, spec: { spiffe: { id } } },
  }) as const;

/** Each is what its room could not store. */
const wrong: readonly [string, Resource, RegExp][] = [
  ["a role", { case: "role", value: { Version: "v8", Metadata: { Name: "a\nb" }, Spec: {} } }, /./],
  ["a user", { case: "user", value: { Metadata: { Name: "" } } }, /./],
  ["a token", { case: "token", value: { Metadata: { Name: "t" } } }, /no spec/],
  ["a lock", { case: "lock", value: { Metadata: { Name: "l" }, Spec: { Target: {} } } }, /needs a target/],
  [
    "how people log in",
    { case: "clusterAuthPreference", value: { Spec: { LockingMode: "sometimes" } } },
    /./,
  ],
  ["where sessions are kept", { case: "sessionRecordingConfig", value: { Spec: { Mode: "moon" } } }, /./],
  ["an authority", { case: "certAuthority", value: { Spec: { Type: "moon" } } }, /type "moon"/],
  ["an alert", { case: "clusterAlert", value: { Header: { Metadata: { Name: "a" } } } }, /header and a spec/],
  [
    "a trusted cluster",
    { case: "trustedCluster", value: { Metadata: { Name: "leaf" }, Spec: {} } },
    /role_map/,
  ],
  ["a workload identity", identity("w", "{{ nothing.of.it }}"), /./],
  [
    "a revocation",
    { case: "workloadIdentityX509Revocation", value: { metadata: { name: "AA:BB" } } },
    /small hexadecimal/,
  ],
  ["nothing", { case: undefined }, /no resource/],
];

describe("a resource that is checked before it is written", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
    const { auth, workloadIdentities } = cluster.admin();
    await cluster.addRole({ metadata: { name: "there" }, spec: { allow: { logins: ["x"] } } });
    await auth.upsertLock(lock("there").value);
    await workloadIdentities.create(identity("there").value);
    for (const [user, verb] of [
      ["changer", "update"],
      ["creator", "create"],
    ] as const) {
      const rules = [{ resources: ["workload_identity", "trusted_cluster"], verbs: [verb] }];
      await cluster.addRole({ metadata: { name: verb }, spec: { allow: { rules } } });
      await cluster.addUser(user, [verb]);
    }
  });
  after(() => cluster.stop());

  const check = (resource: Resource, replace = false) =>
    cluster.admin().accessExplain.checkResource({ resource, replace });

  for (const [name, resource, words] of wrong) {
    it(`is refused as writing it would be: ${name}`, async () => {
      await assert.rejects(
        check(resource),
        (error) => isAppError(error, "BAD_PARAMETER") && words.test(error.message),
      );
    });
  }

  it("is found to be there already, unless it is to be replaced; and nothing is written", async () => {
    for (const make of [role, lock, identity]) {
      await assert.rejects(check(make("there")), (error) => isAppError(error, "ALREADY_EXISTS"));
      await check(make("there"), true);
      await check(make("fresh"));
      await check(make("fresh"));
    }
    const cap = { case: "clusterAuthPreference", value: { Spec: {} } } as const;
    await check(cap);
    await cluster.admin().auth.setAuthPreference({ Spec: {} });
    await assert.rejects(check(cap), (error) => isAppError(error, "ALREADY_EXISTS"));
    await check(cap, true);
  });

  it("threat 13: is checked for those who may write it so, and tells nobody else what there is", async () => {
    const people = {
      changer: [true, role("there"), role("fresh"), lock("there")],
      creator: [false],
    } as const;
    for (const [name, [replace, ...others]] of Object.entries(people)) {
      const { accessExplain } = await cluster.connect(await cluster.credentials(name));
      const denied = (resource: Resource, over: boolean) =>
        assert.rejects(accessExplain.checkResource({ resource, replace: over }), (error) =>
          isAppError(error, "ACCESS_DENIED"),
        );
      await accessExplain.checkResource({ resource: identity(replace ? "there" : "fresh"), replace });
      for (const resource of others) await denied(resource, replace);
      // Who only creates must not learn whether a token is that of a cluster, nor who only changes what there is.
      const Spec = { Token: "guess", RoleMap: [{ Remote: "x", Local: ["there"] }] };
      await denied({ case: "trustedCluster", value: { Metadata: { Name: "leaf" }, Spec } }, !replace);
      await denied(identity("there"), !replace);
    }
  });
});
