import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { PluginDataSeqSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import {
  PluginDataFilterSchema,
  PluginDataUpdateParamsSchema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { newRole } from "../../roles/index.ts";
import { Encoded } from "../../rpc/index.ts";
import { createRequest } from "../create-request.ts";
import { askingRole, HOUR, wishFor } from "../testing/examples.ts";
import { openSmallCluster, type SmallCluster } from "../testing/small-cluster.ts";
import { decideUpdate, type PluginDataUpdate, type PluginEntries } from "./plugin-data.ts";
import { pluginDataRpcs } from "./rpc.ts";

const entries: PluginEntries = { slack: { channel: "c1", ts: "7" }, jira: { issue: "A-1" } };

type Row = readonly [string, Partial<PluginDataUpdate>, PluginEntries | "refused"];
const table: readonly Row[] = [
  ["a new key", { set: { more: "x" } }, { ...entries, slack: { channel: "c1", ts: "7", more: "x" } }],
  ["a key that is deleted", { set: { ts: "" } }, { ...entries, slack: { channel: "c1" } }],
  ["a plugin without keys goes", { set: { ts: "", channel: "" } }, { jira: { issue: "A-1" } }],
  ["a new plugin", { plugin: "new", set: { a: "b" }, expect: { a: "" } }, { ...entries, new: { a: "b" } }],
  [
    "what is expected is there",
    { set: { ts: "8" }, expect: { ts: "7" } },
    { ...entries, slack: { channel: "c1", ts: "8" } },
  ],
  ["another value is there", { set: { ts: "8" }, expect: { ts: "6" } }, "refused"],
  ["something is there that must not be", { expect: { ts: "" } }, "refused"],
  ["nothing is there", { expect: { none: "x" } }, "refused"],
  [
    "names of Object.prototype are names",
    { set: { __proto__x: "1" }, expect: { constructor: "" } },
    { ...entries, slack: { channel: "c1", ts: "7", __proto__x: "1" } },
  ],
];

for (const [what, parts, expected] of table) {
  test(`plugin data: ${what}`, () => {
    const update = {
      kind: "access_request",
      resource: "r",
      plugin: "slack",
      set: {},
      expect: {},
      ...parts,
    } as const;
    const after = decideUpdate(entries, update);
    if (expected === "refused") assert.ok("allow" in after && after.reason === "COMPARE_FAILED");
    else assert.deepEqual(after, expected);
  });
}

const asks = askingRole("asks", { allow: { roles: ["dev"] } });
const plugin = newRole("plugin", {
  allow: {
    rules: [
      { resources: ["access_request"], verbs: ["list", "update"], where: "", actions: [] },
      { resources: ["access_plugin_data"], verbs: ["read"], where: "", actions: [] },
    ],
  },
});

async function open(): Promise<{ cluster: SmallCluster; id: string }> {
  const cluster = await openSmallCluster({ alice: { roles: [asks] }, slack: { roles: [plugin] } }, [
    newRole("dev"),
  ]);
  const { request } = await createRequest(cluster.deps, wishFor({ roles: ["dev"] }), cluster.call("alice"));
  return { cluster, id: request.id };
}

async function update(
  cluster: SmallCluster,
  id: string,
  set: Record<string, string>,
  expect = {},
  user = "slack",
) {
  const params = { Kind: "access_request", Resource: id, Plugin: "slack", Set: set, Expect: expect };
  const message = create(PluginDataUpdateParamsSchema, params);
  return pluginDataRpcs(cluster.deps).updatePluginData.handle(message, cluster.call(user));
}

async function read(cluster: SmallCluster, filter: { Kind?: string; Resource?: string; Plugin?: string }) {
  const message = create(PluginDataFilterSchema, { Kind: "access_request", ...filter });
  const reply = await pluginDataRpcs(cluster.deps).getPluginData.handle(message, cluster.call("slack"));
  assert.ok(reply instanceof Encoded);
  return fromBinary(PluginDataSeqSchema, reply.bytes).PluginData;
}

function isReason(reason: string) {
  return (error: unknown) => error instanceof AppError && error.reason === reason;
}

test("a plugin keeps data about a request, which outlives the access by an hour", async () => {
  const { cluster, id } = await open();
  await update(cluster, id, { ts: "1" }, { ts: "" });
  await assert.rejects(update(cluster, id, { ts: "2" }, { ts: "" }), isReason("COMPARE_FAILED"));
  await update(cluster, id, { ts: "2" }, { ts: "1" });
  const [record] = await read(cluster, { Resource: id, Plugin: "slack" });
  assert.equal(record?.SubKind, "access_request");
  assert.equal(record?.Metadata?.Name, id);
  assert.deepEqual(record?.Spec?.Entries.slack?.Data, { ts: "2" });
  assert.equal((await read(cluster, {})).length, 1);
  assert.equal((await read(cluster, { Plugin: "jira" })).length, 0);
  assert.equal((await read(cluster, { Resource: "other" })).length, 0);
  cluster.clock.advance(13 * HOUR - 1);
  assert.equal((await read(cluster, {})).length, 1);
  cluster.clock.advance(1);
  assert.equal((await read(cluster, {})).length, 0);
});

test("plugin data is refused without its request, its rules, its kind, or above its size", async () => {
  const { cluster, id } = await open();
  await assert.rejects(update(cluster, "missing", { a: "b" }), isReason("NOT_FOUND"));
  await assert.rejects(update(cluster, id, { a: "b" }, {}, "alice"), isReason("ACCESS_DENIED"));
  await assert.rejects(read(cluster, { Kind: "role" }), isReason("BAD_PARAMETER"));
  await assert.rejects(update(cluster, id, { a: "x".repeat(1_000_000) }), isReason("BAD_PARAMETER"));
});

test("of concurrent swaps exactly one wins", async () => {
  const { cluster, id } = await open();
  const swaps = Array.from({ length: 10 }, (_, i) => update(cluster, id, { owner: `${i}` }, { owner: "" }));
  const results = await Promise.allSettled(swaps);
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
});
