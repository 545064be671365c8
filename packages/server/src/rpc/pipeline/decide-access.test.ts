import assert from "node:assert/strict";
import { test } from "node:test";
import type { Access } from "../table.ts";
import { callerWho } from "../testing/callers.ts";
import { decideAccess } from "./decide-access.ts";

const nobody = callerWho("anonymous", "", ["role:read"]);
const reader = callerWho("user", "ann", ["role:read"]);
const impostor = callerWho("user", "eve", [], ["Proxy"]);
const proxy = callerWho("system", "p.main", [], ["Proxy"]);

const rules: [name: string, access: Access, whoMay: string[]][] = [
  ["anyone", { anyone: true, why: "the test says so" }, ["nobody", "reader", "impostor", "proxy"]],
  ["rule", { kind: "role", verbs: ["read"] }, ["reader"]],
  ["all verbs of a rule", { kind: "role", verbs: ["read", "update"] }, []],
  ["a rule without verbs", { kind: "role", verbs: [] }, []],
  ["system role", { systemRoles: ["Proxy", "Node"] }, ["proxy"]],
  ["no system role", { systemRoles: [] }, []],
  ["decided by the handler", { decidedBy: "mayReadOwnUser" }, ["reader", "impostor", "proxy"]],
  ["decided by nothing", { decidedBy: "" }, []],
  ["nothing said", {} as Access, []],
  ["anyone, but false", { anyone: false } as unknown as Access, []],
];

for (const [name, access, whoMay] of rules) {
  test(`threat 13: access by ${name} is for ${whoMay.join(", ") || "nobody"}`, () => {
    const callers = { nobody, reader, impostor, proxy };
    const allowed = Object.entries(callers).filter(([, caller]) => decideAccess(access, caller).allow);
    assert.deepEqual(
      allowed.map(([who]) => who),
      whoMay,
    );
  });
}

test("a refusal tells the caller what is missing, and not which role decided", () => {
  const decision = decideAccess({ kind: "token", verbs: ["list", "read"] }, reader);
  assert.ok(!decision.allow);
  assert.equal(decision.message, "access denied: ann may not list and read token");
  assert.equal(decision.because, 'role "ops" has no rule for token');
});
