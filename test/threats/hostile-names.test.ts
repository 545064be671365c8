import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isAppError } from "@sallyport/api";
import type { NodeClient } from "@sallyport/api/node";
import { type Cluster, startCluster } from "@sallyport/testkit";

const climbing = ["../admin", "..", "a/../b", "/users/admin", "a%2f..%2fb", "%2e%2e", "a\\..\\b", "a/"];
const sql = [
  "x'); DROP TABLE items;--",
  "x' OR '1'='1",
  'x" OR 1=1 --',
  "%",
  "_",
  "*",
  "x' GLOB '*",
  "admin' --",
  "admin\u0000",
];
const lookalikes = ["Admin", "ADMIN", "admin ", " admin", "\u0430dmin", "admin\u200b", "a\u0308", "\u00e4"];

interface Named {
  readonly Metadata?: { readonly Name: string } | undefined;
}

async function namesOf(resources: AsyncIterable<Named> | Iterable<Named>): Promise<string[]> {
  const names: string[] = [];
  for await (const { Metadata } of resources) names.push(Metadata?.Name ?? "");
  return names.sort();
}

/** Each kind of resource whose name a client chooses: how it is written, and which there are. */
const kinds: readonly {
  readonly kind: string;
  write(client: NodeClient, name: string): Promise<unknown>;
  names(client: NodeClient): Promise<string[]>;
}[] = [
  {
    kind: "user",
    write: (client, Name) =>
      client.users.create({ Kind: "user", Version: "v2", Metadata: { Name }, Spec: { Roles: ["access"] } }),
    names: (client) => namesOf(client.users.list()),
  },
  {
    kind: "role",
    write: (client, Name) =>
      client.roles.create({ Kind: "role", Version: "v8", Metadata: { Name }, Spec: {} }),
    names: (client) => namesOf(client.roles.list()),
  },
  {
    kind: "lock",
    write: (client, name) => client.locks.put({ name, target: { User: "nobody-at-all" } }),
    names: async (client) => namesOf(await client.locks.list()),
  },
  {
    kind: "token",
    write: (client, Name) =>
      client.tokens.create({
        Kind: "token",
        Version: "v2",
        Metadata: { Name },
        Spec: { Roles: ["Node"], JoinMethod: "token" },
      }),
    names: async (client) => namesOf(await client.tokens.list()),
  },
];

for (const storage of ["memory", "sqlite"] as const) {
  describe(`names that are more than names, on ${storage}`, { timeout: 120_000 }, () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster({ storage });
      for (const { write } of kinds) await write(cluster.admin(), "admin-0123456789abcdef");
      await cluster.addUser("admin", ["access"]);
    });
    after(() => cluster.stop());

    for (const { kind, write, names } of kinds) {
      for (const [threat, hostile] of [
        ["threat 36: a name that climbs", climbing],
        ["threat 39: a name with SQL in it", sql],
        ["threat 20: a name that looks like another", lookalikes],
      ] as const) {
        it(`${threat} is one ${kind}, or refused, and nothing else changes`, async () => {
          const admin = cluster.admin();
          for (const name of hostile) {
            const before = await names(admin);
            const after = [...before, name].sort();
            try {
              await write(admin, name);
            } catch (error) {
              assert.ok(isAppError(error, "BAD_PARAMETER"), `${JSON.stringify(name)}: ${error}`);
              assert.deepEqual(await names(admin), before, JSON.stringify(name));
              continue;
            }
            assert.deepEqual(await names(admin), after, JSON.stringify(name));
          }
        });
      }
    }

    it("threat 39: words of a search are words", async () => {
      const admin = cluster.admin();
      for (const word of ["%", "_dmin", "' OR '1'='1", "adm' || 'in"]) {
        const found = await namesOf(admin.users.list({ search: [word] }));
        for (const name of found) assert.ok(name.includes(word), `${JSON.stringify(word)} found ${name}`);
        assert.deepEqual(await namesOf(admin.accessRequests.list({ search: [word] })), []);
      }
    });

    it("threat 36: what is asked for by a hostile name is not there", async () => {
      const admin = cluster.admin();
      for (const name of [...climbing, ...sql]) {
        await assert.rejects(admin.accessRequests.get(name), (error) => isAppError(error), name);
        const place = { kind: "access_request", resource: name, plugin: "p" } as const;
        try {
          assert.deepEqual(await admin.pluginData.get(place), {}, name);
        } catch (error) {
          assert.ok(isAppError(error, "BAD_PARAMETER"), `${name}: ${error}`);
        }
      }
    });
  });
}
