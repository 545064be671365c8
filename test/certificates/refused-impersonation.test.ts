import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type AppError, isAppError } from "@sallyport/api";
import type { NodeClient } from "@sallyport/api/node";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { HOUR_MS, newKey } from "./people.ts";

describe("a refused impersonation", { timeout: 60_000 }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
    const lends = { impersonate: { users: ["bob"], roles: ["dev"] } };
    await cluster.addRole({ metadata: { name: "dev" } });
    await cluster.addRole({ metadata: { name: "ops" } });
    await cluster.addRole({ metadata: { name: "lends" }, spec: { allow: lends } });
    await cluster.addUser("alice", ["dev"]);
    await cluster.addUser("bob", ["dev"]);
    await cluster.addUser("carol", ["ops"]);
    await cluster.addUser("dave", ["lends"]);
  });
  after(() => cluster.stop());

  const ask = (client: NodeClient, user: string, parts: object = {}) =>
    client.certificates.generateUserCerts({
      user,
      expiresAt: cluster.clock.now() + HOUR_MS,
      tlsPublicKey: newKey().tlsPem,
      ...parts,
    });

  /** How the call was refused, and all that the audit log has on it. */
  async function refusal(asks: string, user: string, parts: object = {}) {
    const client = await cluster.connect(await cluster.credentials(asks));
    const fromAt = cluster.clock.now();
    cluster.clock.advance(1000);
    const error = await ask(client, user, parts).then(
      () => assert.fail(`${asks} got a certificate as ${user}`),
      (refused: AppError) => refused,
    );
    assert.ok(isAppError(error, "ACCESS_DENIED"), String(error));
    const entries: Record<string, unknown>[] = [];
    const types = ["user.login", "auth"];
    for await (const { fields } of cluster.admin().events.search({ fromAt, toAt: fromAt + HOUR_MS, types })) {
      entries.push(fields);
    }
    cluster.clock.advance(1000);
    return { error, entries };
  }

  const impersonations: readonly (readonly [name: string, asks: string, user: string, parts?: object])[] = [
    ["of another user, by whom no role lets impersonate anybody", "alice", "bob"],
    ["of a user that the roles do not name", "dave", "carol"],
    ["of roles that the roles do not name", "dave", "dave", { roles: ["ops"] }],
  ];
  for (const [name, asks, user, parts] of impersonations) {
    it(`${name}, is one failed login, of whoever asked`, async () => {
      const { error, entries } = await refusal(asks, user, parts);
      assert.equal(entries.length, 1, JSON.stringify(entries));
      const { event, code, method, success, user: named, error: words, ...more } = entries[0] ?? {};
      assert.deepEqual([event, code, method, success], ["user.login", "T1000W", "client.cert", false]);
      assert.equal(named, asks);
      assert.equal(words, `/proto.AuthService/GenerateUserCerts: ${error.message}`);
      assert.match(String(more["addr.remote"]), /^127\.0\.0\.1:/);
    });
  }

  it("is no impersonation where something else is refused, and stays a refused call", async () => {
    const { entries } = await refusal("dave", "nobody-of-this-name");
    assert.deepEqual(
      entries.map(({ event, code, user }) => [event, code, user]),
      [["auth", "T3007W", "dave"]],
    );
  });

  it("threat 13: says the same whether or not the user, or the role, is there", async () => {
    const told = async (user: string, parts: object = {}) =>
      (await refusal("dave", user, parts)).error.message.replaceAll(user, "…");
    assert.equal(await told("carol"), await told("nobody-of-this-name"));
    assert.equal(await told("dave", { roles: ["ops"] }), await told("dave", { roles: ["no-such-role"] }));
  });

  it("leaves no entry where it is allowed", async () => {
    const fromAt = cluster.clock.now();
    cluster.clock.advance(1000);
    await ask(await cluster.connect(await cluster.credentials("dave")), "bob");
    const types = ["user.login", "auth"];
    const found = cluster.admin().events.search({ fromAt, toAt: fromAt + HOUR_MS, types });
    for await (const { fields } of found) assert.fail(JSON.stringify(fields));
  });
});
