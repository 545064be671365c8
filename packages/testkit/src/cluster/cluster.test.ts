import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { isAppError } from "@sallyport/api";
import { ManualClock } from "../manual-clock.ts";
import type { Cluster } from "./cluster.ts";
import { startCluster } from "./start-cluster.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

interface Named {
  readonly Metadata?: { readonly Name: string } | undefined;
}

async function namesOf(resources: AsyncIterable<Named>): Promise<string[]> {
  const names: string[] = [];
  for await (const { Metadata } of resources) names.push(Metadata?.Name ?? "");
  return names;
}

describe("a test cluster", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
    await cluster.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["root"] } } });
    await cluster.addRole({ metadata: { name: "asker" }, spec: { allow: { request: { roles: ["dev"] } } } });
    await cluster.addUser("alice", ["asker"], { logins: ["alice"] });
  });
  after(() => cluster.stop());

  it("starts within a second, files and all", async () => {
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      const began = performance.now();
      await using _ = await startCluster();
      times.push(performance.now() - began);
    }
    assert.ok(Math.min(...times) < 1000, `${times.map(Math.round)} ms`);
  });

  it("makes no authority, so no RSA key either, before somebody asks for it", async () => {
    const { authorities } = cluster.server.rooms;
    for (const type of ["db", "db_client", "saml_idp", "oidc_idp", "spiffe", "openssh", "jwt"] as const) {
      assert.equal(await authorities.get(type, cluster.name), undefined, type);
    }
  });

  it("hands out credentials of users, with their roles", async () => {
    const alice = await cluster.connect(await cluster.credentials("alice"));
    assert.equal((await alice.users.current()).Metadata?.Name, "alice");
    assert.equal((await alice.ping()).ClusterName, cluster.name);
    const roles = await namesOf(alice.roles.ofCurrentUser());
    assert.deepEqual(roles, ["asker"]);
  });

  it("hands out credentials with the roles of an approved request", async () => {
    const alice = await cluster.connect(await cluster.credentials("alice"));
    const asked = await alice.accessRequests.create({ user: "alice", roles: ["dev"] });
    const id = asked.Metadata?.Name ?? "";
    await assert.rejects(cluster.credentials("alice", { accessRequests: [id] }));
    await cluster.admin().accessRequests.approve(id);
    const raised = await cluster.connect(await cluster.credentials("alice", { accessRequests: [id] }));
    const roles = await namesOf(raised.roles.ofCurrentUser());
    assert.deepEqual(roles.sort(), ["asker", "dev"]);
  });

  it("hands out system identities, and those that nobody lets in", async () => {
    const node = await cluster.connect(await cluster.systemIdentity("Node"));
    assert.equal((await node.ping()).ClusterName, cluster.name);
    const refused = [
      ["CERTIFICATE_EXPIRED", await cluster.expiredIdentity("alice")],
      ["UNAVAILABLE", await cluster.foreignIdentity("alice")],
    ] as const;
    for (const [reason, credentials] of refused) {
      await assert.rejects(cluster.connect(credentials), (error) => isAppError(error, reason));
    }
  });

  it("says which field of a role is wrong", async () => {
    const wrong = { metadata: { name: "dev" }, spec: { alow: {} } };
    assert.throws(() => cluster.addRole(wrong), /alow.*allow|allow.*alow/);
  });
});

it("a test moves time: a certificate and a request end", { timeout: 10_000 }, async () => {
  await using cluster = await startCluster();
  await cluster.addRole({ metadata: { name: "dev" } });
  await cluster.addRole({ metadata: { name: "asker" }, spec: { allow: { request: { roles: ["dev"] } } } });
  await cluster.addUser("alice", ["asker"]);
  const credentials = await cluster.credentials("alice", { ttlMs: DAY_MS });
  const alice = await cluster.connect(credentials);
  await alice.accessRequests.create({ user: "alice", roles: ["dev"] });
  const watch = cluster.admin().watch(["access_request"])[Symbol.asyncIterator]();
  assert.equal((await watch.next()).value?.type, "init");

  cluster.clock.advance(DAY_MS + 60_000);
  await assert.rejects(alice.ping(), hasEnded);
  await assert.rejects(cluster.connect(credentials), (error) => isAppError(error, "UNAVAILABLE"));
  assert.equal((await watch.next()).value?.type, "delete");
  assert.deepEqual(await namesOf(cluster.admin().accessRequests.list()), []);
  const later = await cluster.connect(await cluster.credentials("alice"));
  await later.accessRequests.create({ user: "alice", roles: ["dev"] });
  await cluster.connect(await cluster.systemIdentity("Node"));
  await watch.return(undefined);
});

it("time may stand still as well", { timeout: 10_000 }, async () => {
  const clock = new ManualClock(Date.now());
  await using cluster = await startCluster({ clock });
  await cluster.addUser("alice", ["access"]);
  const alice = await cluster.connect(await cluster.credentials("alice", { ttlMs: DAY_MS }));
  assert.equal(alice.identity.expiresAt, Math.floor((clock.now() + DAY_MS) / 1000) * 1000);
  clock.advance(DAY_MS);
  await assert.rejects(alice.ping(), hasEnded);
});

it("a stopped cluster leaves no files and refuses calls, with either storage", async () => {
  for (const storage of ["memory", "sqlite"] as const) {
    const cluster = await startCluster({ storage });
    const { dataDir } = cluster.server.rooms.config;
    await cluster.addUser("bob", ["access"]);
    assert.ok(existsSync(dataDir));
    const admin = cluster.admin();
    await cluster.stop();
    assert.equal(existsSync(dataDir), false);
    await assert.rejects(admin.ping());
  }
});

it("the README shows the example that runs as a test", () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  assert.ok(read("../../README.md").includes(`\`\`\`ts\n${read("../example.test.ts")}\`\`\``));
});

/** The service closes the connection at that moment; a call that is on its way already is refused. */
const hasEnded = (error: unknown) =>
  isAppError(error, "UNAVAILABLE") || isAppError(error, "CERTIFICATE_EXPIRED");
