import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AppError, type Reason } from "@sallyport/api";
import {
  ListResourcesRequestSchema,
  type ListResourcesResponse,
  ListUnifiedResourcesRequestSchema,
  type ListUnifiedResourcesResponse,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { callerWho } from "../rpc/testing/callers.ts";
import { fakeCall } from "../rpc/testing/fake-call.ts";
import {
  accessListRpcs,
  federationRpcs,
  inventoryRpcs,
  monitoringRuleRpcs,
  registeredRpcs,
} from "./index.ts";

const call = fakeCall(callerWho("user", "plugin", ["node:list", "app:list", "app:read"]));
const rpcs = inventoryRpcs();
const isReason = (reason: Reason) => (error: unknown) => error instanceof AppError && error.reason === reason;
const list = async (parts: object) =>
  (await rpcs.listResources.handle(create(ListResourcesRequestSchema, parts), call)) as ListResourcesResponse;
const unified = async (parts: object) =>
  (await rpcs.listUnifiedResources.handle(
    create(ListUnifiedResourcesRequestSchema, parts),
    call,
  )) as ListUnifiedResourcesResponse;

test("lists of what does not exist are empty and have no next page", async () => {
  const one = await list({ ResourceType: "node", Limit: 100 });
  assert.deepEqual([one.Resources, one.NextKey, one.TotalCount], [[], "", 0]);
  const all = await unified({ Kinds: ["node", "app_server"], Limit: 100 });
  assert.deepEqual([all.Resources, all.NextKey], [[], ""]);
  assert.deepEqual((await unified({ Limit: 1 })).Resources, []);
});

test("a question that can never be answered is refused, not answered with nothing", async () => {
  const bad = isReason("BAD_PARAMETER");
  await assert.rejects(list({ ResourceType: "nodes", Limit: 1 }), bad);
  await assert.rejects(list({ ResourceType: "node", Limit: 1001 }), bad);
  await assert.rejects(list({ ResourceType: "node", Limit: -1 }), bad);
  await assert.rejects(unified({ Kinds: ["node", "user"], Limit: 1 }), bad);
  await assert.rejects(unified({ Kinds: ["node"], Limit: 1, PredicateExpression: "labels[" }), bad);
});

test("threat 12: kinds that one may not list are left out, and nothing is answered where none is left", async () => {
  assert.deepEqual((await unified({ Kinds: ["db", "node"], Limit: 1 })).Resources, []);
  assert.deepEqual((await list({ ResourceType: "app_and_idp_sp", Limit: 1 })).Resources, []);
  const denied = isReason("ACCESS_DENIED");
  await assert.rejects(unified({ Kinds: ["db", "user_group"], Limit: 1 }), denied);
  await assert.rejects(list({ ResourceType: "db", Limit: 1 }), denied);
});

test("threat 9: a kind that is named again and again is looked at once", async () => {
  let looks = 0;
  const caller = callerWho("user", "nobody", []);
  const check: typeof caller.permissions.check = (...wish) => {
    looks += 1;
    return caller.permissions.check(...wish);
  };
  const counted = fakeCall({ ...caller, permissions: { ...caller.permissions, check } });
  const request = create(ListUnifiedResourcesRequestSchema, { Kinds: Array(10_000).fill("db"), Limit: 1 });
  await assert.rejects(async () => rpcs.listUnifiedResources.handle(request, counted), /to list db$/);
  assert.equal(looks, 1);
});

test("what has a name and is not there is not found", async () => {
  const missing = isReason("NOT_FOUND");
  const rules = monitoringRuleRpcs();
  await assert.rejects(
    async () => rules.getAccessMonitoringRule.handle({ name: "x" } as never, call),
    missing,
  );
  const federations = federationRpcs();
  assert.throws(() => federations.getSPIFFEFederation.handle({ name: "x" } as never, call), missing);
});

test("a bot that hands out SVIDs may read the trust domains of others, and is told that there are none", () => {
  assert.deepEqual(federationRpcs().listSPIFFEFederations.handle({} as never, call), {});
});

test("plugins that ask for lists and rules at their start are answered with none", async () => {
  assert.deepEqual(await accessListRpcs().listAccessLists.handle({} as never, call), {});
  const rules = monitoringRuleRpcs().listAccessMonitoringRulesWithFilter;
  assert.deepEqual(await rules.handle({} as never, call), {});
  assert.ok("decidedBy" in rules.access, "a plugin's role says nothing of monitoring rules");
  const instances: unknown[] = [];
  for await (const one of rpcs.getInstances.handle({} as never, call)) instances.push(one);
  assert.deepEqual(instances, []);
});

test("what is registered is told to those who may list it, and what is connected to the administrator", async () => {
  const { getInventoryStatus, ...lists } = registeredRpcs();
  for (const rpc of Object.values(lists)) assert.deepEqual(rpc.handle({} as never, call), {});
  const status = (Connected: boolean, who = call) => getInventoryStatus.handle({ Connected } as never, who);
  assert.deepEqual(status(false), {});
  assert.throws(() => status(true), isReason("ACCESS_DENIED"));
  assert.deepEqual(status(true, fakeCall(callerWho("system", "host", [], ["Admin"]))), {});
});
