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

const kinds = [
  ...[
    "role",
    "user",
    "token",
    "lock",
    "cluster_auth_preference",
    "cluster_networking_config",
    "cluster_alert",
  ],
  ...["session_recording_config", "cert_authority", "trusted_cluster", "workload_identity"],
  "workload_identity_x509_revocation",
];
const both = ["create", "update"];
/** Who may do what, each by a role of their name. */
const people = {
  creator: [{ resources: kinds, verbs: ["create"] }],
  changer: [{ resources: kinds, verbs: ["update"] }],
  chooser: [{ resources: kinds, verbs: both, where: 'equals(resource.metadata.name, "fresh")' }],
  nobody: [],
  writer: [{ resources: kinds, verbs: both }],
};

interface Writing {
  readonly make: (name: string) => Resource;
  /** Left out where only an upsert writes the kind. */
  readonly create?: (client: Client, sent: never) => Promise<unknown>;
  readonly upsert: (client: Client, sent: never) => Promise<unknown>;
}
type Client = ReturnType<Cluster["admin"]>;

const config = (kind: string) => () => ({ case: kind, value: { Spec: {} } }) as unknown as Resource;
const serial = { there: "aa", fresh: "bb", new: "cc" } as Readonly<Record<string, string>>;
/** How each kind is really written. */
const writings: Readonly<Record<string, Writing>> = {
  role: { make: role, create: (to, one) => to.roles.create(one), upsert: (to, one) => to.roles.upsert(one) },
  user: {
    make: (Name) => ({ case: "user", value: { Metadata: { Name }, Spec: { Roles: ["there"] } } }),
    create: (to, one) => to.users.create(one),
    upsert: (to, one) => to.users.upsert(one),
  },
  token: {
    make: (Name) => ({ case: "token", value: { Metadata: { Name }, Spec: { Roles: ["Node"] } } }),
    create: (to, one) => to.tokens.create(one),
    upsert: (to, one) => to.tokens.upsert(one),
  },
  lock: { make: lock, upsert: (to, one) => to.auth.upsertLock(one) },
  clusterAuthPreference: {
    make: config("clusterAuthPreference"),
    upsert: (to, authPreference) => to.clusterConfig.upsertAuthPreference({ authPreference }),
  },
  clusterNetworkingConfig: {
    make: config("clusterNetworkingConfig"),
    upsert: (to, clusterNetworkConfig) =>
      to.clusterConfig.upsertClusterNetworkingConfig({ clusterNetworkConfig }),
  },
  sessionRecordingConfig: {
    make: config("sessionRecordingConfig"),
    upsert: (to, sessionRecordingConfig) =>
      to.clusterConfig.upsertSessionRecordingConfig({ sessionRecordingConfig }),
  },
  clusterAlert: {
    make: (Name) => ({
      case: "clusterAlert",
      value: { Header: { Metadata: { Name } }, Spec: { Severity: 5, Message: "m" } },
    }),
    upsert: (to, Alert) => to.auth.upsertClusterAlert({ Alert }),
  },
  certAuthority: {
    // What cannot be written is refused to those who may not write it as all the rest is.
    make: () => ({ case: "certAuthority", value: { Spec: { Type: "moon" } } }),
    upsert: (to, certAuthority) => to.trust.upsertCertAuthority({ certAuthority }),
  },
  trustedCluster: {
    make: (Name) => ({ case: "trustedCluster", value: { Metadata: { Name }, Spec: {} } }),
    create: (to, one) => to.trustedClusters.create(one),
    upsert: (to, one) => to.trustedClusters.upsert(one),
  },
  workloadIdentity: {
    make: identity,
    create: (to, one) => to.workloadIdentities.create(one),
    upsert: (to, one) => to.workloadIdentities.upsert(one),
  },
  workloadIdentityX509Revocation: {
    make: (name) => ({
      case: "workloadIdentityX509Revocation",
      value: {
        metadata: { name: serial[name] ?? name, expires: { seconds: 4_000_000_000n } },
        spec: { reason: "r", revokedAt: { seconds: 1n } },
      },
    }),
    create: (to, workloadIdentityX509Revocation) =>
      to.workloadIdentityRevocations.createWorkloadIdentityX509Revocation({ workloadIdentityX509Revocation }),
    upsert: (to, workloadIdentityX509Revocation) =>
      to.workloadIdentityRevocations.upsertWorkloadIdentityX509Revocation({ workloadIdentityX509Revocation }),
  },
};

describe("a resource that is checked before it is written", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
    const { auth, workloadIdentities } = cluster.admin();
    await cluster.addRole({ metadata: { name: "there" }, spec: { allow: { logins: ["x"] } } });
    await auth.upsertLock(lock("there").value);
    await workloadIdentities.create(identity("there").value);
    for (const [name, rules] of Object.entries(people)) {
      await cluster.addRole({ metadata: { name }, spec: { allow: { rules } } });
      await cluster.addUser(name, [name]);
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

  const isDenied = async (answer: Promise<unknown>) =>
    answer.then(
      () => false,
      (error) => isAppError(error, "ACCESS_DENIED"),
    );

  for (const [kind, { make, create, upsert }] of Object.entries(writings)) {
    it(`is denied to whom writing it is denied, and to nobody else: ${kind}`, async () => {
      await upsert(cluster.admin(), make("there").value as never).catch(() => undefined);
      // Who writes comes last: from then on all of them are there.
      for (const person of Object.keys(people)) {
        const client = await cluster.connect(await cluster.credentials(person));
        for (const name of ["there", person === "writer" ? "new" : "fresh"]) {
          for (const replace of [false, true]) {
            const resource = make(name);
            const asked = await isDenied(client.accessExplain.checkResource({ resource, replace }));
            const written = await isDenied(
              (replace ? upsert : (create ?? upsert))(client, resource.value as never),
            );
            assert.equal(asked, written, `${person}, ${name}, ${replace ? "over what is there" : "new"}`);
            if (person === "writer") assert.equal(asked, false);
            if (person === "nobody" || (person === "changer" && !replace)) assert.equal(asked, true);
          }
        }
      }
    });
  }

  it("threat 13: tells nobody what there is who does not learn it by writing", async () => {
    // Who only creates must not learn whether a token is that of a cluster, nor who only changes what there is.
    const Spec = { Token: "guess", RoleMap: [{ Remote: "x", Local: ["there"] }] };
    const trusted = { case: "trustedCluster", value: { Metadata: { Name: "leaf" }, Spec } } as const;
    for (const person of ["creator", "changer"]) {
      const { accessExplain } = await cluster.connect(await cluster.credentials(person));
      for (const resource of [trusted, identity("there"), lock("there")]) {
        assert.ok(await isDenied(accessExplain.checkResource({ resource, replace: true })));
      }
    }
    const { accessExplain } = await cluster.connect(await cluster.credentials("chooser"));
    for (const name of ["there", "absent"]) {
      for (const replace of [false, true]) {
        assert.ok(await isDenied(accessExplain.checkResource({ resource: role(name), replace })), name);
      }
    }
  });
});
