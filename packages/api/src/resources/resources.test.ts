import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isAppError } from "../errors/index.ts";
import {
  findKind,
  formatResource,
  JsonFormError,
  type JsonPath,
  parseResource,
  resourceKinds,
  resourceName,
} from "./index.ts";

test("every kind is found by each of its names, and no two kinds share one", () => {
  const seen = new Set<string>();
  for (const kind of resourceKinds) {
    for (const name of [kind.kind, ...kind.aliases]) {
      assert.ok(!seen.has(name), name);
      seen.add(name);
      assert.equal(findKind(name), kind);
      assert.equal(findKind(name.toUpperCase().replaceAll("_", "-")), kind);
    }
  }
  for (const name of [
    "user",
    "roles",
    "tokens",
    "locks",
    "requests",
    "cap",
    "networking_config",
    "cas",
    "cluster_alert",
  ]) {
    assert.ok(seen.has(name), name);
  }
});

test("an unknown kind is answered with the nearest", () => {
  assert.throws(
    () => findKind("rloes"),
    (error: unknown) => isAppError(error, "NOT_FOUND") && error.details.nearest === "roles",
  );
  assert.throws(
    () => findKind("__proto__"),
    (error: unknown) => isAppError(error, "NOT_FOUND"),
  );
});

describe("documents", () => {
  test("the two of the plugin guide", () => {
    const user = parseResource({
      kind: "user",
      metadata: { name: "access-plugin" },
      spec: { roles: ["access-plugin"] },
      version: "v2",
    });
    const role = parseResource({
      kind: "role",
      metadata: { name: "access-plugin" },
      spec: {
        allow: {
          rules: [{ resources: ["access_request"], verbs: ["list", "read", "update"] }],
          logins: ["access-plugin"],
        },
      },
      version: "v3",
    });
    assert.ok(user.kind === "user" && role.kind === "role");
    assert.deepEqual(user.message.Spec?.Roles, ["access-plugin"]);
    assert.equal(user.message.Metadata?.Namespace, "default");
    assert.deepEqual(role.message.Spec?.Allow?.Rules[0]?.Verbs, ["list", "read", "update"]);
    assert.equal(role.message.Version, "v3");
    assert.equal(resourceName(role), "access-plugin");
  });

  test("what clients fill in", () => {
    const preference = parseResource({ kind: "cap", spec: { second_factor: "off" } });
    assert.ok(preference.kind === "cluster_auth_preference");
    assert.equal(preference.message.Kind, "cluster_auth_preference");
    assert.equal(preference.message.Version, "v2");
    assert.equal(resourceName(preference), "cluster-auth-preference");
    const alert = parseResource({
      kind: "cluster_alert",
      metadata: { name: "a" },
      spec: { message: "m", severity: 5 },
    });
    assert.ok(alert.kind === "cluster_alert");
    assert.equal(alert.message.Header?.Version, "v1");
    assert.equal(resourceName(alert), "a");
  });

  test("the revision is in the document and comes back", () => {
    const lock = parseResource({
      kind: "lock",
      metadata: { name: "l", revision: "r7" },
      spec: { target: { user: "eve" } },
    });
    assert.ok(lock.kind === "lock");
    assert.deepEqual(formatResource("lock", lock.message), {
      kind: "lock",
      version: "v2",
      metadata: { name: "l", revision: "r7" },
      spec: { target: { user: "eve" }, created_at: "0001-01-01T00:00:00Z" },
    });
  });

  const refused: readonly (readonly [string, unknown, string, RegExp])[] = [
    ["no mapping", ["role"], "", /mapping/],
    ["no kind", { version: "v2" }, "kind", /kind: role/],
    ["an unknown kind", { kind: "rol" }, "kind", /did you mean "role"/],
    ["a role without a version", { kind: "role", metadata: { name: "r" } }, "version", /v3, v4/],
    [
      "a version of the future",
      { kind: "user", version: "v9", metadata: { name: "r" } },
      "version",
      /must be v2/,
    ],
    ["no name", { kind: "user" }, "metadata.name", /a name is needed/],
    ["a lock of nothing", { kind: "lock", metadata: { name: "l" }, spec: {} }, "spec.target", /user, role/],
    ["a token of nobody", { kind: "token", metadata: { name: "t" }, spec: {} }, "spec.roles", /system role/],
    ["a misspelt key", { kind: "user", metadata: { nmae: "x" } }, "metadata.nmae", /did you mean "name"/],
  ];
  for (const [name, json, field, message] of refused) {
    test(`refused: ${name}`, () => {
      assert.throws(
        () => parseResource(json),
        (error: unknown) =>
          error instanceof JsonFormError && error.details.field === field && message.test(error.message),
      );
    });
  }

  test("errors say where in the text, or where the nearest thing around it stands", () => {
    const places = new Map([
      ["", { line: 1, column: 1 }],
      ["metadata", { line: 2, column: 1 }],
      ["metadata/nmae", { line: 3, column: 3 }],
    ]);
    const locate = (path: JsonPath) => places.get(path.join("/"));
    const detailsOf = (json: unknown) => {
      try {
        parseResource(json, { locate });
      } catch (error) {
        return isAppError(error) ? error.details : undefined;
      }
      return undefined;
    };
    assert.deepEqual(detailsOf({ kind: "user", metadata: { nmae: "x" } }), {
      field: "metadata.nmae",
      nearest: "name",
      line: 3,
      column: 3,
    });
    assert.deepEqual(detailsOf({ kind: "user", metadata: {} }), {
      field: "metadata.name",
      line: 2,
      column: 1,
    });
  });

  test("threat 38: whatever the document, the answer is a resource or an error of form", () => {
    const kinds = fc.constantFrom(...resourceKinds.map((kind) => kind.kind));
    fc.assert(
      fc.property(kinds, fc.object(), fc.object(), (kind, spec, metadata) => {
        for (const json of [
          { kind, spec },
          { kind, metadata },
          { kind, metadata: { name: "x" }, spec, version: "v3" },
        ]) {
          try {
            parseResource(json);
          } catch (error) {
            assert.ok(error instanceof JsonFormError, String(error));
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
