import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import {
  AccessRequestV3Schema,
  AuthPreferenceV2Schema,
  ClusterNetworkingConfigV2Schema,
  LockV2Schema,
  MetadataSchema,
  RoleOptionsSchema,
  RoleV6Schema,
  UserV2Schema,
} from "#gen/teleport/legacy/types/types_pb.js";
import { LabelValuesSchema } from "#gen/teleport/legacy/types/wrappers/wrappers_pb.js";
import { formatNanos, parseNanos } from "./duration-form.ts";
import { fromJson, JsonFormError, toJson } from "./index.ts";
import { formatTime, parseTime } from "./time-form.ts";

describe("what is written", () => {
  test("a user, as official clients print it", () => {
    const user = create(UserV2Schema, {
      Kind: "user",
      Version: "v2",
      Metadata: { Name: "alice", Namespace: "default", Revision: "r1" },
      Spec: {
        Roles: ["access"],
        Traits: create(LabelValuesSchema, { Values: { logins: { Values: ["alice"] } } }),
        CreatedBy: {
          Time: create(TimestampSchema, { seconds: 1n, nanos: 500_000_000 }),
          User: { Name: "admin" },
        },
      },
    });
    assert.deepEqual(toJson(UserV2Schema, user), {
      kind: "user",
      version: "v2",
      metadata: { name: "alice", revision: "r1" },
      spec: {
        roles: ["access"],
        traits: { logins: ["alice"] },
        status: {
          is_locked: false,
          locked_time: "0001-01-01T00:00:00Z",
          lock_expires: "0001-01-01T00:00:00Z",
          recovery_attempt_lock_expires: "0001-01-01T00:00:00Z",
        },
        expires: "0001-01-01T00:00:00Z",
        created_by: { time: "1970-01-01T00:00:01.5Z", user: { name: "admin" } },
      },
      status: {},
    });
  });

  test("role options in their own words", () => {
    const options = create(RoleOptionsSchema, {
      MaxSessionTTL: 108_000_000_000_000n,
      RequireMFAType: 1,
      CreateHostUserMode: 4,
      CreateDatabaseUserMode: 3,
      DesktopClipboard: { Value: true },
      MFAVerificationInterval: { seconds: 60n, nanos: 0 },
      CertExtensions: [{ Type: 0, Mode: 0, Name: "n", Value: "v" }],
    });
    const json = toJson(RoleOptionsSchema, options);
    assert.equal(json.max_session_ttl, "30h0m0s");
    assert.equal(json.require_session_mfa, true);
    assert.equal(json.create_host_user_mode, "insecure-drop");
    assert.equal(json.create_db_user_mode, "best_effort_drop");
    assert.equal(json.desktop_clipboard, true);
    assert.equal(json.ssh_file_copy, null);
    assert.equal(json.forward_agent, false);
    assert.equal(json.mfa_verification_interval, 60_000_000_000);
    assert.deepEqual(json.cert_extensions, [{ type: "ssh", mode: "extension", name: "n", value: "v" }]);
  });

  test("labels with one value, states as numbers, strategies by type, suites and factors by name", () => {
    const role = fromJson(RoleV6Schema, { spec: { allow: { node_labels: { env: ["a", "b"], "*": "*" } } } });
    const written = toJson(RoleV6Schema, role) as { spec: { allow: unknown } };
    assert.deepEqual(written.spec.allow, { node_labels: { env: ["a", "b"], "*": "*" } });

    const request = create(AccessRequestV3Schema, { Spec: { State: 1 } });
    assert.equal((toJson(AccessRequestV3Schema, request).spec as { state: number }).state, 1);

    const network = fromJson(ClusterNetworkingConfigV2Schema, {
      spec: {
        proxy_listener_mode: "multiplex",
        tunnel_strategy: { type: "proxy_peering", agent_connection_count: 2 },
      },
    });
    const spec = toJson(ClusterNetworkingConfigV2Schema, network).spec as Record<string, unknown>;
    assert.equal(spec.proxy_listener_mode, 1);
    assert.deepEqual(spec.tunnel_strategy, { type: "proxy_peering", agent_connection_count: 2 });
    assert.equal(spec.keep_alive_interval, "0s");

    const preference = fromJson(AuthPreferenceV2Schema, {
      spec: {
        signature_algorithm_suite: "balanced-v1",
        second_factors: ["otp", "webauthn"],
        second_factor: false,
      },
    });
    const auth = toJson(AuthPreferenceV2Schema, preference).spec as Record<string, unknown>;
    assert.equal(auth.signature_algorithm_suite, "balanced-v1");
    assert.deepEqual(auth.second_factors, ["otp", "webauthn"]);
    assert.equal(auth.second_factor, "off");
  });

  test("a whole number beyond 2^53 loses nothing", () => {
    const metadata = create(MetadataSchema, { ID: 2n ** 62n + 1n });
    const json = toJson(MetadataSchema, metadata);
    assert.equal(json.id, "4611686018427387905");
    assert.equal(fromJson(MetadataSchema, json).ID, 2n ** 62n + 1n);
  });
});

describe("what is refused, with the path", () => {
  const cases: readonly (readonly [string, unknown, string, RegExp])[] = [
    [
      "unknown key",
      { spec: { allow: { rules: [{ resource: ["x"] }] } } },
      "spec.allow.rules[0].resource",
      /"resources"/,
    ],
    ["unknown key on top", { spce: {} }, "spce", /"spec"/],
    ["list for a text", { kind: ["role"] }, "kind", /must be a text, not a list/],
    ["number for a text", { version: 3 }, "version", /put it in quotes/],
    ["text for a list", { spec: { allow: { logins: "root" } } }, "spec.allow.logins", /must be a list/],
    ["text for a mapping", { metadata: "x" }, "metadata", /must be a mapping/],
    [
      "word for a switch",
      { spec: { options: { forward_agent: "maybe" } } },
      "spec.options.forward_agent",
      /yes or no/,
    ],
    [
      "no duration",
      { spec: { options: { max_session_ttl: "1x" } } },
      "spec.options.max_session_ttl",
      /"12h"/,
    ],
    ["no time", { metadata: { expires: "tomorrow" } }, "metadata.expires", /must be a time/],
    ["no such day", { metadata: { expires: "2026-02-30T00:00:00Z" } }, "metadata.expires", /must be a time/],
    ["a fraction", { spec: { options: { max_sessions: 1.5 } } }, "spec.options.max_sessions", /a fraction/],
    [
      "a number out of range",
      { spec: { options: { max_sessions: 2 ** 70 } } },
      "spec.options.max_sessions",
      /between/,
    ],
    [
      "no such word",
      { spec: { options: { create_host_user_mode: "kep" } } },
      "spec.options.create_host_user_mode",
      /did you mean "keep"/,
    ],
    [
      "hostile key",
      JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}'),
      "metadata.labels.__proto__",
      /not allowed/,
    ],
    ["hostile key on top", JSON.parse('{"__proto__":{"a":1}}'), "__proto__", /no such field/],
    ["broken Unicode", { metadata: { name: "\ud800" } }, "metadata.name", /Unicode/],
    ["a date of the parser", { metadata: { expires: new Date(0) } }, "metadata.expires", /must be a time/],
    ["a class for a mapping", { metadata: new Map() }, "metadata", /JSON does not have/],
  ];
  for (const [name, json, field, message] of cases) {
    test(name, () => {
      assert.throws(
        () => fromJson(RoleV6Schema, json),
        (error: unknown) =>
          error instanceof JsonFormError &&
          error.reason === "BAD_PARAMETER" &&
          error.details.field === field &&
          message.test(error.message),
      );
    });
  }

  test("values never appear in messages, since they may be secrets", () => {
    for (const json of [
      { kind: { s3cret: 1 } },
      { metadata: { expires: "s3cret" } },
      { metadata: ["s3cret"] },
    ]) {
      assert.throws(
        () => fromJson(RoleV6Schema, json),
        (error: Error) => !error.message.includes("s3cret"),
      );
    }
  });
});

describe("what is understood", () => {
  test("words for switches, names and numbers for enums, durations as text or nanoseconds", () => {
    const read = (options: unknown) => fromJson(RoleOptionsSchema, options);
    for (const yes of [true, "yes", "on", "TRUE"]) {
      assert.equal(read({ forward_agent: yes }).ForwardAgent, true);
      assert.equal(read({ desktop_clipboard: yes }).DesktopClipboard?.Value, true);
      assert.equal(read({ require_session_mfa: yes }).RequireMFAType, 1);
    }
    assert.equal(read({ require_session_mfa: "hardware_key_touch" }).RequireMFAType, 3);
    assert.equal(read({ require_session_mfa: "no" }).RequireMFAType, 0);
    assert.equal(read({ create_host_user_mode: "drop" }).CreateHostUserMode, 4);
    assert.equal(read({ create_host_user_mode: false }).CreateHostUserMode, 1);
    assert.equal(read({ max_session_ttl: 1e9 }).MaxSessionTTL, 1_000_000_000n);
    assert.equal(read({ client_idle_timeout: "never" }).ClientIdleTimeout, 0n);
    assert.equal(read({ mfa_verification_interval: "1h" }).MFAVerificationInterval?.seconds, 3600n);
    for (const state of [2, "APPROVED", "approved"]) {
      assert.equal(fromJson(AccessRequestV3Schema, { spec: { state } }).Spec?.State, 2);
    }
  });

  test("null and the year 1 mean: not set; the namespace is read and not written", () => {
    const lock = fromJson(LockV2Schema, {
      metadata: { name: "l", namespace: "default", labels: null, expires: "0001-01-01T00:00:00Z" },
      spec: null,
    });
    assert.equal(lock.Metadata?.Namespace, "default");
    assert.equal(lock.Metadata?.Expires, undefined);
    assert.equal(lock.Spec, undefined);
    assert.deepEqual(toJson(LockV2Schema, lock).metadata, { name: "l" });
  });

  test("unknown keys are left out where that is asked for", () => {
    assert.equal(fromJson(LockV2Schema, { kind: "lock", other: 1 }, { strict: false }).Kind, "lock");
  });
});

test("durations to the nanosecond, as Go writes and reads them", () => {
  const cases: readonly (readonly [bigint, string])[] = [
    [0n, "0s"],
    [1n, "1ns"],
    [1_500n, "1.5µs"],
    [2_000_000n, "2ms"],
    [1_100_000_000n, "1.1s"],
    [61_000_000_000n, "1m1s"],
    [108_000_000_000_000n, "30h0m0s"],
    [-5_400_000_000_000n, "-1h30m0s"],
  ];
  for (const [nanos, text] of cases) assert.equal(formatNanos(nanos), text);
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), (nanos) => {
      assert.equal(parseNanos(formatNanos(nanos)), nanos);
    }),
  );
  const read: readonly (readonly [string, bigint | undefined])[] = [
    ["1d", 86_400_000_000_000n],
    ["1mo", 2_592_000_000_000_000n],
    ["1y", 31_536_000_000_000_000n],
    ["1.5h", 5_400_000_000_000n],
    ["", undefined],
    ["s", undefined],
    [".s", undefined],
    ["12", undefined],
    ["1h 2m", undefined],
    ["300y", undefined],
    ["9".repeat(70), undefined],
  ];
  for (const [text, nanos] of read) assert.equal(parseNanos(text), nanos, text);
});

test("times of RFC 3339, in range and no others", () => {
  const cases: readonly (readonly [string, string | "unset" | undefined])[] = [
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"],
    ["2026-01-31T12:00:00.120Z", "2026-01-31T12:00:00.12Z"],
    ["2026-01-31T12:00:00.000000001+02:00", "2026-01-31T10:00:00.000000001Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"],
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"],
    ["0099-01-01T00:00:00Z", "0099-01-01T00:00:00Z"],
    ["0001-01-01T00:00:00Z", "unset"],
    ["0000-01-01T00:00:00Z", undefined],
    ["9999-12-31T23:59:59-01:00", undefined],
    ["2023-02-29T00:00:00Z", undefined],
    ["2026-13-01T00:00:00Z", undefined],
    ["2026-01-31T24:00:00Z", undefined],
    ["2026-01-31T12:00:60Z", undefined],
    ["2026-01-31 12:00:00Z", undefined],
    ["2026-01-31T12:00:00", undefined],
    ["2026-01-31", undefined],
    [`2026-01-31T12:00:00.${"1".repeat(80)}Z`, undefined],
  ];
  for (const [text, expected] of cases) {
    const time = parseTime(text);
    assert.equal(typeof time === "object" ? formatTime(time) : time, expected, text);
  }
});

test("threat 38: hostile documents are refused, never crash, and change no prototype", () => {
  let deep: unknown = {};
  for (let level = 0; level < 100_000; level++) deep = { spec: deep };
  assert.throws(() => fromJson(RoleV6Schema, deep), JsonFormError);
  fc.assert(
    fc.property(
      fc.object({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
      (json) => {
        for (const candidate of [json, { spec: json }, { spec: { allow: json } }, { metadata: json }]) {
          try {
            fromJson(RoleV6Schema, candidate);
          } catch (error) {
            assert.ok(error instanceof JsonFormError, String(error));
          }
        }
      },
    ),
    { numRuns: 300 },
  );
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  const role = create(RoleV6Schema, { Spec: { Allow: {} } });
  const values = JSON.parse('{"__proto__":{"$typeName":"wrappers.StringValues","Values":["x"]}}');
  role.Spec!.Allow!.NodeLabels = create(LabelValuesSchema, {});
  role.Spec!.Allow!.NodeLabels.Values = values;
  const written = (toJson(RoleV6Schema, role) as { spec: { allow: { node_labels: object } } }).spec.allow
    .node_labels;
  assert.deepEqual(Object.getOwnPropertyNames(written), ["__proto__"]);
  assert.equal(Object.getPrototypeOf(written), Object.prototype);
});

test("any time and any bytes of a peer can be written", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer(), (seconds, nanos) => {
      const text = formatTime(create(TimestampSchema, { seconds, nanos }));
      assert.notEqual(parseTime(text), undefined, text);
    }),
  );
});
