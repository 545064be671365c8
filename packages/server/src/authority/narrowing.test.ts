import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AppError, type Identity, identityFromSubject, type Reason } from "@sallyport/api";
import {
  UserCertsRequest_CertPurpose as Purpose,
  UserCertsRequest_Requester as Requester,
  UserCertsRequest_CertUsage as Usage,
  UserCertsRequestSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { formatPublicKeyLine, fromKeyObject } from "@sallyport/ssh";
import { encodePem, exportSpki, generateKey, parseCertificate } from "@sallyport/x509";
import { openInventory, openRevocationView } from "../certificates/index.ts";
import { newRevision } from "../kernel/ids.ts";
import { newRole, permissionsOf, type Role } from "../roles/index.ts";
import { fakeCall, fakeUser } from "../rpc/testing/fake-call.ts";
import { type Backend, key, openBackend } from "../storage/index.ts";
import { certsRpcs } from "./certs-rpc.ts";
import type { IssueDeps } from "./issue-user-certs.ts";
import { openKeyring } from "./keyring.ts";
import { createGenerations } from "./renewals/generations.ts";
import { openAuthorityStore } from "./store.ts";
import type { CertUser, GrantedRequest } from "./user-certs.ts";

const CLUSTER = "here";
const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const clock = { now: () => NOW, after: () => () => {} };

const lends = newRole("lends", {
  allow: {
    impersonate: { users: ["bob"], roles: ["dev"], where: "" },
  },
});
const lendsRoles = newRole("lends-roles", {
  allow: { impersonate: { users: [], roles: ["ops"], where: "" } },
});
const roles: Readonly<Record<string, Role>> = {
  dev: newRole("dev"),
  ops: newRole("ops"),
  lends,
  "lends-roles": lendsRoles,
  hourly: newRole("hourly", { options: { requireSessionMfa: "session", mfaVerificationIntervalMs: HOUR } }),
  "half-hourly": newRole("half-hourly", { options: { mfaVerificationIntervalMs: HOUR / 2 } }),
};
const users: Readonly<Record<string, CertUser>> = {
  ann: { name: "ann", roles: ["dev"], traits: {}, isSso: false },
  bob: { name: "bob", roles: ["dev"], traits: {}, isSso: false },
};

let backend: Backend;
let deps: IssueDeps;
let locked: string | undefined;
let granted: GrantedRequest[];

beforeEach(async () => {
  backend = await openBackend({ kind: "memory", clock });
  const authorities = openAuthorityStore({ backend, clock, clusterName: CLUSTER });
  locked = undefined;
  granted = [];
  deps = {
    keyring: await openKeyring(backend, authorities, CLUSTER),
    clusterName: CLUSTER,
    userOf: async (name) => users[name],
    rolesOf: async (names) => ({
      roles: names.flatMap((name) => roles[name] ?? []),
      missing: names.filter((name) => roles[name] === undefined),
    }),
    grantsOf: async (ids) => granted.filter(({ id }) => ids.includes(id)),
    lockOn: () => locked,
    lockingMode: async () => "best_effort",
    defaultTtlMs: async () => 12 * HOUR,
    requiresSessionMfa: async () => false,
    auditChange: () => ({
      op: "put",
      key: key("audit", "log", "entry"),
      value: new Uint8Array(1),
      revision: newRevision(),
      condition: { is: "any" },
    }),
    generations: createGenerations({ backend, auditChange: () => assert.fail("nothing is renewed here") }),
    inventory: openInventory({ backend, revocations: await openRevocationView(backend, clock) }),
    nonce: () => "nonce",
  };
});

const { publicKey } = await generateKey("ecdsa-p256");
const keys = {
  SSHPublicKey: Buffer.from(formatPublicKeyLine(fromKeyObject(publicKey))),
  TLSPublicKey: Buffer.from(encodePem("PUBLIC KEY", exportSpki(publicKey))),
};

async function ask(wish: object, held: readonly string[] = ["dev"], identity: Partial<Identity> = {}) {
  const permissions = permissionsOf([], { name: "ann", roles: held, traits: {} });
  const caller = fakeUser("ann", held, permissions, { expires: new Date(NOW + 12 * HOUR), ...identity });
  const request = create(UserCertsRequestSchema, { Username: "ann", ...keys, ...wish });
  const reply = await certsRpcs(deps).generateUserCerts.handle(request, fakeCall(caller, { now: NOW }));
  return reply as { SSH: Uint8Array; TLS: Uint8Array; TLSCACerts: unknown[]; SSHCACerts: unknown[] };
}

function identityOf({ TLS: tls }: { TLS: Uint8Array }): Identity {
  const { subject, notAfterAt } = parseCertificate(Buffer.from(tls).toString());
  return identityFromSubject(subject, { notAfterAt });
}

const refusedAs = (reason: Reason) => (error: unknown) =>
  error instanceof AppError && error.reason === reason;

describe("threat 17: what a request lent does not outlive the request", () => {
  const lent = { activeRequests: ["r1"] };

  it("is not used to become another user", async () => {
    const wish = { Username: "bob" };
    await ask(wish, ["dev", "lends"]);
    await assert.rejects(ask(wish, ["dev", "lends"], lent), refusedAs("ACCESS_DENIED"));
  });

  it("is not used to take other roles, whether or not the request is dropped", async () => {
    const wish = { UseRoleRequests: true, RoleRequests: ["ops"] };
    await ask(wish, ["dev", "lends-roles"]);
    for (const DropAccessRequests of [[], ["*"], ["r1"]]) {
      const asked = ask({ ...wish, DropAccessRequests }, ["dev", "lends-roles"], lent);
      await assert.rejects(asked, refusedAs("ACCESS_DENIED"));
    }
  });
});

describe("threat 19: a certificate only narrows", () => {
  it("impersonated roles are not left by dropping requests", async () => {
    const own = { impersonator: "ann" };
    assert.deepEqual(identityOf(await ask({}, ["ops"], own)).roles, ["ops"]);
    await assert.rejects(ask({ DropAccessRequests: ["*"] }, ["ops"], own), refusedAs("ACCESS_DENIED"));
  });

  it("a single-use certificate lives a minute, for one usage, and says whose it continues", async () => {
    const single = { Purpose: Purpose.SINGLE_USE_CERTS, Usage: Usage.Database };
    const wish = { ...single, RouteToDatabase: { ServiceName: "db" } };
    const reply = await ask(wish, ["dev"], { renewable: true });
    const identity = identityOf(reply);
    assert.equal(identity.expires?.getTime(), NOW + 60_000);
    assert.equal(identity.previousIdentityExpires?.getTime(), NOW + 12 * HOUR);
    assert.deepEqual([identity.usage, identity.renewable], [["usage:db"], false]);
    assert.deepEqual([reply.SSH.length, reply.TLSCACerts.length, reply.SSHCACerts.length], [0, 0, 0]);
    const ssh = await ask({ Purpose: Purpose.SINGLE_USE_CERTS, Usage: Usage.SSH, NodeName: "n" });
    assert.ok(ssh.SSH.length > 0 && ssh.TLS.length === 0);
  });

  it("a local proxy ends when its second factor is due again, where roles or the cluster require one", async () => {
    const route = { RouteToDatabase: { ServiceName: "db" }, Usage: Usage.Database };
    const wish = { ...route, RequesterName: Requester.TSH_DB_LOCAL_PROXY_TUNNEL };
    const livesMs = async (held: string[]) => Number(identityOf(await ask(wish, held)).expires) - NOW;
    assert.equal(await livesMs(["hourly"]), HOUR);
    assert.equal(await livesMs(["dev", "half-hourly"]), 12 * HOUR);
    deps = { ...deps, requiresSessionMfa: async () => true };
    assert.equal(await livesMs(["dev", "half-hourly"]), HOUR / 2);
  });

  it("a single-use certificate is for one usage of one's own", async () => {
    const single = { Purpose: Purpose.SINGLE_USE_CERTS };
    await assert.rejects(ask(single), refusedAs("BAD_PARAMETER"));
    const other = { ...single, Usage: Usage.SSH, NodeName: "n", Username: "bob" };
    await assert.rejects(ask(other, ["dev", "lends"]), refusedAs("ACCESS_DENIED"));
    const keyless = { ...single, Usage: Usage.SSH, NodeName: "n", SSHPublicKey: new Uint8Array() };
    await assert.rejects(ask(keyless), refusedAs("BAD_PARAMETER"));
  });
});

describe("where a certificate leads", () => {
  it("the own cluster alone, and no Kubernetes cluster that is not there", async () => {
    assert.equal(identityOf(await ask({ RouteToCluster: CLUSTER })).routeToCluster, CLUSTER);
    await assert.rejects(ask({ RouteToCluster: "leaf" }), refusedAs("NOT_FOUND"));
    await assert.rejects(ask({ KubernetesCluster: "k" }), refusedAs("BAD_PARAMETER"));
  });
});

describe("what changes while a certificate is made", () => {
  const at = key("access_requests", "r1", "params");
  const put = (revision: ReturnType<typeof newRevision>) =>
    backend.commit([
      { op: "put", key: at, value: new Uint8Array(1), revision: revision as never, condition: { is: "any" } },
    ]);

  it("threat 17: a request that is answered otherwise at that moment is not used", async () => {
    const revision = newRevision();
    await put(revision);
    const unchanged = { op: "check", key: at, condition: { is: "at", revision: revision as never } } as const;
    granted = [{ id: "r1", roles: ["ops"], resourceIds: [], accessExpiresAt: NOW + HOUR, unchanged }];
    assert.deepEqual(identityOf(await ask({ AccessRequests: ["r1"] })).roles, ["dev", "ops"]);
    await put(newRevision());
    await assert.rejects(ask({ AccessRequests: ["r1"] }), refusedAs("COMPARE_FAILED"));
    assert.ok(await backend.get(key("audit", "log", "entry")), "the first one is recorded");
  });

  it("a request that is written again at that moment is looked at anew", async () => {
    const [before, now] = [newRevision(), newRevision()];
    await put(now);
    const grants = [before, now].map((revision) => ({
      ...{ id: "r1", roles: ["ops"], resourceIds: [], accessExpiresAt: NOW + HOUR },
      unchanged: { op: "check", key: at, condition: { is: "at", revision: revision as never } } as const,
    }));
    deps = { ...deps, grantsOf: async () => grants.splice(0, 1) };
    assert.deepEqual(identityOf(await ask({ AccessRequests: ["r1"] })).roles, ["dev", "ops"]);
    assert.equal(grants.length, 0);
  });

  it("threat 18: a lock that comes while it is signed holds it back", async () => {
    let looks = 0;
    deps = { ...deps, lockOn: () => (++looks > 1 ? "lock" : undefined) };
    await assert.rejects(ask({}), refusedAs("LOCKED"));
  });
});
