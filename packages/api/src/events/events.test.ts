import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { create, fromBinary, type JsonObject, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { OneOfSchema, UserCreateSchema } from "#gen/teleport/legacy/types/events/events_pb.js";
import { eventCases, eventFromJson, eventToJson } from "./index.ts";

const at = "2026-01-31T12:00:00.123Z";
const never = "0001-01-01T00:00:00Z";
const base = (event: string, code: string): JsonObject & { uid: string } => ({
  ei: 0,
  event,
  uid: "0194b9a0-0000-7000-8000-000000000001",
  code,
  time: at,
  cluster_name: "test",
});

/** Every event that this cluster writes, with the fields that its readers rely on, and its message. */
const emitted: readonly (readonly [string, JsonObject])[] = [
  [
    "AccessRequestCreate",
    {
      ...base("access_request.create", "T5000I"),
      user: "alice",
      user_kind: 1,
      expires: at,
      roles: ["admin"],
      id: "r1",
      state: "PENDING",
      reason: "why",
      annotations: { team: ["a"] },
      resource_ids: [{ cluster: "test", kind: "node", name: "n" }],
      max_duration: at,
      resource_names: ["n"],
    },
  ],
  [
    "AccessRequestCreate",
    {
      ...base("access_request.update", "T5001I"),
      expires: at,
      updated_by: "bob",
      roles: ["admin"],
      id: "r1",
      state: "APPROVED",
      delegator: "plugin",
      reason: "ok",
      annotations: {},
      max_duration: never,
      assume_start_time: at,
    },
  ],
  [
    "AccessRequestCreate",
    {
      ...base("access_request.review", "T5002I"),
      expires: at,
      id: "r1",
      state: "PENDING",
      proposed_state: "APPROVED",
      reviewer: "bob",
      reason: "ok",
      max_duration: never,
      promoted_access_list_name: "list",
    },
  ],
  ["AccessRequestDelete", { ...base("access_request.delete", "T5003I"), user: "alice", id: "r1" }],
  ["AccessRequestExpire", { ...base("access_request.expire", "T5005I"), expires: at, id: "r1", expiry: at }],
  [
    "UserCreate",
    {
      ...base("user.create", "T1002I"),
      user: "admin",
      name: "alice",
      expires: never,
      roles: ["a"],
      connector: "local",
      "addr.remote": "127.0.0.1:1",
    },
  ],
  [
    "UserUpdate",
    {
      ...base("user.update", "T1003I"),
      user: "admin",
      name: "alice",
      expires: never,
      roles: ["a"],
      connector: "local",
    },
  ],
  ["UserDelete", { ...base("user.delete", "T1004I"), user: "admin", name: "alice", expires: never }],
  ["RoleCreate", { ...base("role.created", "T9000I"), name: "ops", expires: never, user: "admin" }],
  ["RoleUpdate", { ...base("role.updated", "T9002I"), name: "ops", expires: never, user: "admin" }],
  ["RoleDelete", { ...base("role.deleted", "T9001I"), name: "ops", expires: never, user: "admin" }],
  [
    "LockCreate",
    { ...base("lock.created", "TLK00I"), name: "l", expires: never, user: "admin", target: { user: "eve" } },
  ],
  ["LockDelete", { ...base("lock.deleted", "TLK01I"), name: "l", expires: never, user: "admin" }],
  [
    "CertificateCreate",
    {
      ...base("cert.create", "TC000I"),
      cert_type: "user",
      identity: {
        user: "alice",
        roles: ["a"],
        logins: ["root"],
        expires: at,
        route_to_cluster: "test",
        traits: { logins: ["root"] },
        prev_identity_expires: never,
        access_requests: ["r1"],
      },
      user_agent: "tctl",
    },
  ],
  [
    "ProvisionTokenCreate",
    {
      ...base("join_token.create", "TJT00I"),
      name: "****1234",
      expires: at,
      user: "admin",
      roles: ["Node"],
      join_method: "token",
    },
  ],
  [
    "AuthAttempt",
    {
      ...base("auth", "T3007W"),
      user: "eve",
      "addr.remote": "127.0.0.1:1",
      success: false,
      error: "no",
      message: "3 more",
    },
  ],
  ["AuthPreferenceUpdate", { ...base("auth_preference.update", "TCAUTH001I"), user: "admin", success: true }],
  [
    "ClusterNetworkingConfigUpdate",
    { ...base("cluster_networking_config.update", "TCNET002I"), user: "admin", success: true },
  ],
  [
    "SessionRecordingConfigUpdate",
    { ...base("session_recording_config.update", "TCREC003I"), user: "admin", success: true },
  ],
  [
    "UserTokenCreate",
    {
      ...base("reset_password_token.create", "T6000I"),
      name: "alice",
      expires: at,
      ttl: "8h0m0s",
      user: "admin",
    },
  ],
];

describe("events that this cluster writes come back key by key, also over the wire", () => {
  for (const [name, json] of emitted) {
    test(`${json.event} ${json.code}`, () => {
      const event = eventFromJson(json);
      assert.equal(event.Event.case, name);
      const received = fromBinary(OneOfSchema, toBinary(OneOfSchema, event));
      const written = eventToJson(received);
      for (const [key, value] of Object.entries(json)) assert.deepEqual(written[key], value, key);
      assert.deepEqual(eventToJson(eventFromJson(written)), written);
    });
  }
});

test("every message of the contract has a type, and every type a message", () => {
  const used = new Set(eventCases.values());
  assert.deepEqual(
    OneOfSchema.fields.map((field) => field.localName).filter((name) => !used.has(name as never)),
    [],
  );
});

const typesPath = join(
  process.env.SALLYPORT_WIRE_FACTS ?? join(import.meta.dirname, "../../../../../shared/wire/v18/facts.json"),
  "../../EVENT-TYPES.tsv",
);
test("every type that the field names has its message", {
  skip: existsSync(typesPath) ? false : `no ${typesPath}`,
}, () => {
  const types = [...readFileSync(typesPath, "utf8").matchAll(/"(.+)"/g)].map((match) => match[1] ?? "");
  assert.ok(types.length > 200);
  assert.deepEqual(
    types.filter((type) => !eventCases.has(type)),
    [],
  );
});

describe("what nobody knows", () => {
  test("an event of an unknown type keeps everything as text", () => {
    const json: JsonObject = { ...base("made.up", "TXX"), ei: 7, invented: 1 };
    const event = eventFromJson(json);
    assert.ok(event.Event.case === "Unknown");
    const { Metadata, UnknownType, UnknownCode, Data } = event.Event.value;
    assert.deepEqual(
      [Metadata?.Type, Metadata?.Code, Metadata?.ID, Metadata?.Index],
      ["unknown", "TCC00E", json.uid, 7n],
    );
    assert.deepEqual([UnknownType, UnknownCode], ["made.up", "TXX"]);
    assert.deepEqual(JSON.parse(Data), json);
    assert.equal(eventToJson(event).time, at);
  });

  test("an event whose values do not fit does too; keys that nobody knows are left out", () => {
    const broken = eventFromJson({ ...base("user.create", "T1002I"), roles: "not a list" });
    assert.equal(broken.Event.case, "Unknown");
    const more = eventFromJson({ ...base("user.create", "T1002I"), invented: [1] });
    assert.equal(more.Event.case, "UserCreate");
  });

  test("a broken time does not hide the rest", () => {
    const event = eventFromJson({ ...base("user.create", "T1002I"), time: "yesterday" });
    assert.ok(event.Event.case === "Unknown");
    assert.equal(event.Event.value.Metadata?.ID, base("", "").uid);
    assert.equal(event.Event.value.Metadata?.Time, undefined);
  });

  test("no event, no JSON", () => {
    assert.throws(() => eventToJson(create(OneOfSchema)), /no audit event/);
    assert.equal(eventToJson(create(UserCreateSchema, { Roles: ["a"] })).connector, "");
  });
});

test("threat 38: whatever the JSON, the answer is an event that can be sent", () => {
  const types = fc.constantFrom(...eventCases.keys(), "", "made.up");
  fc.assert(
    fc.property(types, fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (event, json, value) => {
      const candidate = { ...json, event, time: value, identity: value, annotations: value, user: value };
      const bytes = toBinary(OneOfSchema, eventFromJson(candidate as JsonObject));
      assert.notEqual(fromBinary(OneOfSchema, bytes).Event.case, undefined);
    }),
    { numRuns: 500 },
  );
});
