import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { isAppError, type Reason } from "@sallyport/api";
import { jsonNames } from "@sallyport/api/gen/json-names.js";
import {
  EventsUnstructuredSchema,
  GetUnstructuredEventsRequestSchema,
} from "@sallyport/api/gen/teleport/auditlog/v1/auditlog_pb";
import {
  EventsSchema,
  GetEventsRequestSchema,
  GetSessionEventsRequestSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { OneOfSchema } from "@sallyport/api/gen/teleport/legacy/types/events/events_pb";
import type { Clock } from "../kernel/clock.ts";
import { isSecretName } from "../kernel/redact.ts";
import type { Permissions, Verb } from "../rpc/index.ts";
import { fakeCall, fakeSystem, testNow } from "../rpc/testing/fake-call.ts";
import { writeTime } from "../rpc/wire-time.ts";
import { openBackend } from "../storage/index.ts";
import { type AuditLog, auditLogRpcs, eventRpcs, openAuditLog } from "./index.ts";

const allow = (kind: string, ...verbs: Verb[]): Permissions => ({
  check: (asked, wanted) =>
    asked === kind && wanted.every((verb) => verbs.includes(verb))
      ? { allow: true, because: "test" }
      : { allow: false, explicit: false, because: "test" },
  mayEver: (asked, wanted) => asked === kind && wanted.every((verb) => verbs.includes(verb)),
});
const node = fakeCall(fakeSystem("host1.test", ["Node"], allow("event", "create")));
const proxy = fakeCall(fakeSystem("host2.test", ["Proxy"], allow("event", "create")));

const clock: Clock = { now: () => testNow, after: () => () => {} };
let log: AuditLog;
let events: ReturnType<typeof eventRpcs>;
let unstructured: ReturnType<typeof auditLogRpcs>;

beforeEach(async () => {
  const backend = await openBackend({ kind: "memory", clock });
  log = openAuditLog({ backend, clock, clusterName: "test" });
  events = eventRpcs({ backend, audit: log });
  unstructured = auditLogRpcs({ backend, audit: log });
});

/** What a client gets: through the bytes. */
const getEvents = async (request: MessageInitShape<typeof GetEventsRequestSchema> = {}) => {
  const reply = await events.getEvents.handle(create(GetEventsRequestSchema, request), node);
  return fromBinary(EventsSchema, toBinary(EventsSchema, create(EventsSchema, reply as never)));
};
const getUnstructured = async (request: MessageInitShape<typeof GetUnstructuredEventsRequestSchema> = {}) => {
  const reply = await unstructured.getUnstructuredEvents.handle(
    create(GetUnstructuredEventsRequestSchema, request),
    node,
  );
  const bytes = toBinary(EventsUnstructuredSchema, create(EventsUnstructuredSchema, reply as never));
  return fromBinary(EventsUnstructuredSchema, bytes);
};
const emit = async (event: MessageInitShape<typeof OneOfSchema>, call = node) =>
  events.emitAuditEvent.handle(create(OneOfSchema, event), call);
const refused = (reason: Reason, words: RegExp) => (error: unknown) =>
  isAppError(error, reason) && words.test(error.message);

const exec = (server: object = {}, metadata: object = {}) =>
  ({
    Event: {
      case: "Exec",
      value: {
        Metadata: {
          Type: "exec",
          Code: "T3002I",
          ID: "own-id",
          Time: writeTime(testNow - 5000),
          ...metadata,
        },
        Server: { ServerID: "host1", ...server },
        Command: { Command: "ls" },
      },
    },
  }) as const;

describe("reading", () => {
  test("each service gives the same events, by the numbers that clients send: 1 is newest first, 0 oldest first", async () => {
    await log.record({
      event: "user.create",
      code: "T1002I",
      name: "alice",
      roles: ["a"],
      connector: "local",
    });
    await log.record({ event: "role.created", code: "T9000I", name: "ops" });
    const structured = await getEvents({ Order: 1 });
    assert.deepEqual(
      structured.Items.map((item) => item.Event.case),
      ["RoleCreate", "UserCreate"],
    );
    assert.equal(structured.LastKey, "");
    const ascending = await getUnstructured({ order: 0, namespace: "default" });
    assert.deepEqual(
      ascending.items.map((item) => [item.type, item.index, item.unstructured?.name, item.unstructured?.uid]),
      [
        ["user.create", 0n, "alice", ascending.items[0]?.id],
        ["role.created", 0n, "ops", ascending.items[1]?.id],
      ],
    );
    assert.deepEqual(ascending.items[0]?.time, writeTime(testNow));
  });

  test("the cursor of a page leads to the next", async () => {
    for (const name of ["a", "b", "c"]) await log.record({ event: "role.created", code: "T9000I", name });
    const first = await getUnstructured({ limit: 2 });
    const second = await getUnstructured({ limit: 2, startKey: first.lastKey });
    assert.deepEqual(
      [...first.items, ...second.items].map((item) => item.unstructured?.name),
      ["a", "b", "c"],
    );
    assert.equal(second.lastKey, "");
  });

  test("an entry that no client knows is served as an unknown event", async () => {
    await log.record({ event: "sallyport.something", code: "SP001I" });
    assert.equal((await getEvents()).Items[0]?.Event.case, "Unknown");
    assert.equal((await getUnstructured()).items[0]?.type, "sallyport.something");
  });

  test("types and times filter; too many types and too large a limit are refused", async () => {
    await log.record({ event: "user.create", code: "T1002I" });
    assert.equal((await getEvents({ EventTypes: ["role.created"] })).Items.length, 0);
    assert.equal(
      (await getEvents({ StartDate: writeTime(testNow + 1), EndDate: writeTime(testNow + 9) })).Items.length,
      0,
    );
    assert.equal(
      (await getEvents({ StartDate: writeTime(testNow), EndDate: writeTime(testNow) })).Items.length,
      1,
    );
    await assert.rejects(getEvents({ EventTypes: Array(1001).fill("x") }), refused("BAD_PARAMETER", /1000/));
    await assert.rejects(getEvents({ Limit: 10_001 }), refused("BAD_PARAMETER", /10000/));
  });

  test("there are no session ends yet", async () => {
    const handle = events.getSessionEvents.handle;
    const reply = await handle(create(GetSessionEventsRequestSchema), node);
    assert.deepEqual(
      [(reply as { Items: unknown[] }).Items, (reply as { LastKey: string }).LastKey],
      [[], ""],
    );
    assert.throws(() => handle(create(GetSessionEventsRequestSchema, { Limit: 10_001 }), node), /10000/);
  });

  test("threat 13: reading takes the right to list events, and only services write", () => {
    assert.deepEqual(events.getEvents.access, { kind: "event", verbs: ["list"] });
    assert.deepEqual(unstructured.getUnstructuredEvents.access, { kind: "event", verbs: ["list"] });
    assert.deepEqual(events.getSessionEvents.access, { kind: "session", verbs: ["list"] });
    const { access } = events.emitAuditEvent;
    assert.ok("systemRoles" in access);
    assert.ok(!access.systemRoles.includes("Bot") && !access.systemRoles.includes("Nop"));
  });
});

describe("events of services", () => {
  test("keep their own fields and come back as they were", async () => {
    await emit(exec());
    const [item] = (await getEvents()).Items;
    assert.ok(item?.Event.case === "Exec");
    assert.equal(item.Event.value.Metadata?.ID, "own-id");
    assert.deepEqual(item.Event.value.Metadata?.Time, writeTime(testNow - 5000));
    assert.equal(item.Event.value.Metadata?.ClusterName, "test");
    assert.equal(item.Event.value.Command?.Command, "ls");
  });

  test("get an id and a time where they have none", async () => {
    await emit(exec({}, { ID: "", Time: undefined }));
    const [item] = (await getUnstructured()).items;
    assert.match(item?.id ?? "", /-7/);
    assert.deepEqual(item?.time, writeTime(testNow));
  });

  test("pages go on behind events with ids of their own", async () => {
    for (let i = 0; i < 3; i++) await emit(exec());
    const first = await getEvents({ Limit: 2 });
    assert.equal(first.Items.length, 2);
    assert.equal((await getEvents({ Limit: 2, StartKey: first.LastKey })).Items.length, 1);
  });

  test("are refused without a type, of a type nobody knows, too large, or with a secret in them", async () => {
    await assert.rejects(emit({}), refused("BAD_PARAMETER", /unknown type/));
    await assert.rejects(emit(exec({}, { Type: "made.up" })), refused("BAD_PARAMETER", /not known/));
    await assert.rejects(emit(exec({}, { Code: "" })), refused("BAD_PARAMETER", /no code/));
    await assert.rejects(
      emit(exec({ ServerHostname: "x".repeat(70_000) })),
      refused("BAD_PARAMETER", /larger/),
    );
    const connector = { Spec: { SigningKeyPair: { PrivateKey: "-----BEGIN…" } } };
    const saml = {
      Event: {
        case: "SAMLConnectorCreate",
        value: { Metadata: { Type: "saml.created", Code: "T8200I" }, Connector: connector },
      },
    } as const;
    await assert.rejects(emit(saml as never), refused("BAD_PARAMETER", /secret/));
    assert.equal((await getEvents()).Items.length, 0);
  });

  test("threat 13: a host cannot write in the name of another, unless it is the proxy that passes it on", async () => {
    await assert.rejects(emit(exec({ ServerID: "host9" })), refused("BAD_PARAMETER", /another host/));
    await assert.rejects(emit(exec({ ServerID: "host1" }), proxy), refused("BAD_PARAMETER", /another host/));
    await emit(exec({ ServerID: "host1", ForwardedBy: "host2" }), proxy);
    await assert.rejects(
      emit(exec({ ServerID: "host9", ForwardedBy: "host1" })),
      refused("BAD_PARAMETER", /another host/),
    );
    await emit(exec({ ServerID: "host1.test" }));
    await emit(exec({ ServerID: "" }));
  });

  test("threat 24: are on the disk before the answer", async () => {
    const backend = await openBackend({ kind: "memory", clock });
    const audit = openAuditLog({ backend, clock, clusterName: "test" });
    await backend.close();
    const { emitAuditEvent } = eventRpcs({ backend, audit });
    await assert.rejects(
      async () => emitAuditEvent.handle(create(OneOfSchema, exec()), node),
      refused("UNAVAILABLE", /closed/),
    );
  });

  test("need the right to create events", async () => {
    const weak = fakeCall(fakeSystem("host1.test", ["Node"], allow("event", "list")));
    await assert.rejects(emit(exec(), weak), refused("ACCESS_DENIED", /denied/));
  });
});

test("threat 23: no event of the contract has a secret field but those that are refused", () => {
  const seen = new Set<string>();
  const secrets: string[] = [];
  const visit = (desc: DescMessage) => {
    if (seen.has(desc.typeName)) return;
    seen.add(desc.typeName);
    for (const field of desc.fields) {
      const name = jsonNames[desc.typeName]?.[field.number]?.name ?? field.name;
      if (isSecretName(name)) secrets.push(`${desc.typeName} ${name}`);
      if (field.message !== undefined) visit(field.message);
    }
  };
  visit(OneOfSchema);
  assert.deepEqual(secrets, ["types.AsymmetricKeyPair private_key"]);
});
