import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "@sallyport/api";
import fc from "fast-check";
import { systemRoles } from "../rpc/caller.ts";
import { checkRoleMap, mapRemoteRoles, type RoleMapping, rolesNamedIn } from "./role-map.ts";

const map = (...entries: [string, ...string[]][]): RoleMapping[] =>
  entries.map(([remote, ...local]) => ({ remote, local }));

const cases: [string, RoleMapping[], string[], string[]][] = [
  ["a literal", map(["dev", "guest"]), ["dev", "ops"], ["guest"]],
  ["no role that is mapped", map(["dev", "guest"]), ["ops"], []],
  ["a literal is the whole name", map(["dev", "guest"]), ["developer", "xdev"], []],
  ["case counts", map(["dev", "guest"]), ["Dev"], []],
  ["everything", map(["*", "guest"]), ["a", "b"], ["guest"]],
  ["everything, also nobody's roles", map(["*", "guest"]), [], ["guest"]],
  ["a glob with its star filled in", map(["team-*", "$1-here", "guest"]), ["team-a"], ["a-here", "guest"]],
  ["two stars", map(["*-of-*", "$2.$1"]), ["admin-of-db"], ["db.admin"]],
  ["an expression with its group", map(["^(?:a|b)-(x.*)$", "$1"]), ["a-x1", "b-x2", "c-x3"], ["x1", "x2"]],
  ["a group that is not there is no role", map(["^(dev)$", "$2"]), ["dev"], []],
  ["dots of a literal are dots", map(["a.b", "guest"]), ["axb"], []],
  ["several entries, each role once", map(["dev", "guest", "x"], ["d*", "guest"]), ["dev"], ["guest", "x"]],
  ["the role that everybody has means nothing", map(["*", "guest"]), ["default-implicit-role"], []],
];
for (const [name, mappings, remote, local] of cases) {
  test(`a map of roles: ${name}`, () => assert.deepEqual([...mapRemoteRoles(mappings, remote)], local));
}

test("threat 16: no map leads to a system role, whatever the other cluster calls its roles", () => {
  for (const role of systemRoles) {
    assert.deepEqual(mapRemoteRoles(map(["^(.*)$", "$1"], ["*", role]), [role]), []);
  }
});

const bad: [string, RoleMapping[], RegExp][] = [
  ["without a remote role", map(["", "a"]), /remote is empty/],
  ["without a local role", map(["a"]), /local is empty/],
  ["with an empty local role", map(["a", ""]), /empty name/],
  ["to everything", map(["a", "*"]), /cannot be \*/],
  ["to a system role", map(["a", "Admin"]), /system role/],
  ["of one role twice", map(["a", "b"], ["a", "c"]), /twice/],
  ["with an expression that does not parse", map(["^(a$", "b"]), /not valid/],
  ["with a look-behind", map(["^(?<=a)b$", "b"]), /not valid/],
  ["with a back reference", map(["^(a)\\1$", "b"]), /not valid/],
  ["with a local name that is too long", map(["a", "b".repeat(1001)]), /longer than/],
];
for (const [name, mappings, why] of bad) {
  test(`a map ${name} is refused`, () => {
    assert.throws(
      () => checkRoleMap(mappings),
      (error) => isAppError(error, "BAD_PARAMETER") && why.test(error.message),
    );
  });
}

test("the roles that have to exist are those that are named without $1", () => {
  assert.deepEqual(rolesNamedIn(map(["a", "x", "$1"], ["b", "x", "y-$1"])), ["x"]);
});

test("threat 9: an expression of the map takes linear time, also on a role made to hurt it", () => {
  const evil = map(["^(a+)+b$", "x"], ["^(a|a)*c$", "y"], ["*a*a*a*a*a*a*d", "z"]);
  checkRoleMap(evil);
  const started = performance.now();
  assert.deepEqual(mapRemoteRoles(evil, ["a".repeat(20_000)]), []);
  assert.ok(performance.now() - started < 5_000);
});

test("whatever the roles are, a map that is accepted answers, and never longer names than there can be", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 50 })), fc.string({ maxLength: 20 }), (roles, pattern) => {
      const mappings = map([pattern === "" ? "*" : pattern, "$1$1$1", "guest"]);
      try {
        checkRoleMap(mappings);
      } catch (error) {
        assert.ok(isAppError(error, "BAD_PARAMETER"));
        return;
      }
      for (const role of mapRemoteRoles(mappings, roles)) {
        assert.ok(role.length > 0 && role.length <= 1_000);
      }
    }),
  );
});
