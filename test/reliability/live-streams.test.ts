import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isAppError, type Reason } from "@sallyport/api";
import { connect, fromFiles, type NodeClient } from "@sallyport/api/node";
import { type Cluster, startCluster } from "@sallyport/testkit";

const HOUR_MS = 60 * 60 * 1000;

describe("a live stream", { timeout: 30_000 }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
    const rules = [{ resources: ["access_request"], verbs: ["list", "read"] }];
    await cluster.addRole({ metadata: { name: "plugin" }, spec: { allow: { rules } } });
    await cluster.addRole({ metadata: { name: "dev" } });
    await cluster.addRole({ metadata: { name: "asker" }, spec: { allow: { request: { roles: ["dev"] } } } });
  });
  after(() => cluster.stop());

  const cuts: readonly (readonly [string, Reason, (user: string) => unknown])[] = [
    ["of a locked user", "LOCKED", (user) => cluster.admin().locks.put({ target: { User: user } })],
    ["of a locked role", "LOCKED", () => cluster.admin().locks.put({ target: { Role: "plugin" } })],
    ["of a deleted user", "CALLER_GONE", (user) => cluster.admin().users.delete(user)],
    ["whose certificate expires", "UNAVAILABLE", () => cluster.clock.advance(HOUR_MS)],
  ];
  for (const [index, [which, reason, cut]] of cuts.entries()) {
    it(`threat 18: ${which} ends within a second`, async () => {
      const user = `plugin-${index}`;
      await cluster.addUser(user, ["plugin"]);
      const client = await cluster.connect(await cluster.credentials(user));
      const ended = endOf(client);
      await ended.open;
      const cutAt = performance.now();
      await cut(user);
      const error = await ended.error;
      const tookMs = performance.now() - cutAt;
      assert.ok(isAppError(error, reason), String(error));
      assert.ok(tookMs < 1000, `it took ${tookMs} ms`);
      await unlock();
    });
  }

  it("threat 18: of a certificate that carries a locked request ends within a second", async () => {
    await cluster.addUser("alice", ["asker"]);
    const alice = await cluster.connect(await cluster.credentials("alice"));
    const { Metadata } = await alice.accessRequests.create({ user: "alice", roles: ["dev"] });
    const id = Metadata?.Name ?? "";
    await cluster.admin().accessRequests.approve(id);
    const raised = await cluster.connect(await cluster.credentials("alice", { accessRequests: [id] }));
    const cut = endOf(raised, { user: "alice" });
    const kept = endOf(alice, { user: "alice" });
    await Promise.all([cut.open, kept.open]);
    const cutAt = performance.now();
    await cluster.admin().locks.put({ target: { AccessRequest: id } });
    assert.ok(isAppError(await cut.error), "a lock of the request ends it");
    assert.ok(performance.now() - cutAt < 1000);
    await alice.ping();
    assert.equal(kept.hasEnded(), false, "what does not carry the request goes on");
  });

  it("threat 18: a client that renews its certificate in time goes on watching when the old one ends", async () => {
    await cluster.addUser("renewing", ["plugin", "asker"]);
    const folder = mkdtempSync(join(tmpdir(), "sallyport-renewing-"));
    const files = { cert: join(folder, "c.crt"), key: join(folder, "c.key"), ca: join(folder, "c.cas") };
    const put = async (ttlMs: number) => {
      const texts = await cluster.credentials("renewing", { ttlMs });
      for (const part of ["cert", "key", "ca"] as const) {
        writeFileSync(files[part], texts[part], { mode: 0o600 });
      }
    };
    await put(HOUR_MS);
    await using client = await connect({
      address: cluster.address,
      credentials: fromFiles(files),
      reloadCredentialsMs: 5,
    });
    const { expiresAt } = client.identity;
    const events = client.watch(["access_request"])[Symbol.asyncIterator]();
    assert.equal((await events.next()).value?.type, "init");
    await put(4 * HOUR_MS);
    while (client.identity.expiresAt === expiresAt) await new Promise(setImmediate);
    cluster.clock.advance(2 * HOUR_MS);
    const asker = await cluster.connect(await cluster.credentials("renewing"));
    const created = await asker.accessRequests.create({ user: "renewing", roles: ["dev"] });
    const { value } = await events.next();
    assert.equal(value?.type === "put" && value.name, created.Metadata?.Name);
    await client.ping();
    await events.return?.(undefined);
    rmSync(folder, { recursive: true });
  });

  async function unlock(): Promise<void> {
    for (const lock of await cluster.admin().locks.list()) {
      await cluster.admin().locks.delete(lock.Metadata?.Name ?? "");
    }
  }
});

/** A watch that does not come again by itself: when it is open, and what it ends with. */
function endOf(client: NodeClient, Filter: Record<string, string> = {}) {
  const stream = client.auth
    .watchEvents({ Kinds: [{ Kind: "access_request", Filter }] })
    [Symbol.asyncIterator]();
  const open = stream.next();
  let ended = false;
  const error = open.then(async () => {
    try {
      for (let next = await stream.next(); next.done !== true; next = await stream.next());
      return undefined;
    } catch (reason) {
      return reason;
    } finally {
      ended = true;
    }
  });
  return { open, error, hasEnded: () => ended };
}
