import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verb } from "../rpc/caller.ts";
import { newRole } from "./new-role.ts";
import { permissionsOf } from "./permissions.ts";

const user = { name: "ann", roles: ["looks"], traits: {} };
const rule = { resources: ["lock"], verbs: ["list", "read"], where: "", actions: [] };

function looker() {
  const role = newRole("looks");
  return permissionsOf([{ ...role, allow: { ...role.allow, rules: [rule] } }], user);
}

test("the second answer to a question is the first one", () => {
  const permissions = looker();
  const verdict = permissions.check("lock", ["list", "read"]);
  assert.equal(verdict.allow, true);
  assert.equal(permissions.check("lock", ["list", "read"]), verdict);
  assert.equal(permissions.check("lock", ["delete"]).allow, false);
});

test("threat 12: no question has the answer of another, however its kind and verbs are written", () => {
  const permissions = looker();
  assert.equal(permissions.check("lock", ["list,read" as Verb]).allow, false);
  assert.equal(permissions.check('lock",["list', ["read"]).allow, false);
  assert.equal(permissions.check("lock list", ["read"]).allow, false);
  assert.equal(permissions.check("lock", ["list", "read"]).allow, true);
});

test("an object is looked at every time", () => {
  const role = newRole("looks");
  const where = 'equals(resource.metadata.name, "a")';
  const { allow } = role;
  const permissions = permissionsOf([{ ...role, allow: { ...allow, rules: [{ ...rule, where }] } }], user);
  const named = (name: string) => permissions.check("lock", ["read"], { metadata: { name } }).allow;
  assert.deepEqual([named("a"), named("b"), named("a")], [true, false, true]);
});
