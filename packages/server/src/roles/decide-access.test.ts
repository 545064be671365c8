import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Verb, verbs } from "../rpc/caller.ts";
import { decideAccess } from "./decide-access.ts";
import { explainAccess } from "./explain-access.ts";
import { newRole } from "./new-role.ts";
import { permissionsOf } from "./permissions.ts";
import type { Role, Rule } from "./role.ts";

const alice = { name: "alice", roles: ["dev"], traits: { team: ["red"] } };

const rule = (resources: string[], ruleVerbs: string[], where = ""): Rule => ({
  resources,
  verbs: ruleVerbs,
  where,
  actions: [],
});
const allowing = (name: string, ...rules: Rule[]) => newRole(name, { allow: { rules } });
const denying = (name: string, ...rules: Rule[]) => newRole(name, { deny: { rules } });

type Outcome = "allowed" | "no rule" | "denied";
const outcome = (roles: readonly Role[], kind: string, asked: readonly Verb[], subject?: object): Outcome => {
  const verdict = decideAccess(roles, alice, kind, asked, subject as Record<string, unknown>);
  if (verdict.allow) return "allowed";
  return verdict.explicit ? "denied" : "no rule";
};

describe("decideAccess", () => {
  const named = (name: string) => ({ kind: "role", metadata: { name } });
  const cases: readonly [string, readonly Role[], string, readonly Verb[], object | undefined, Outcome][] = [
    ["nobody may do anything by default", [], "role", ["read"], undefined, "no rule"],
    ["no verb is no question", [allowing("a", rule(["*"], ["*"]))], "role", [], undefined, "no rule"],
    [
      "a rule allows its kind",
      [allowing("a", rule(["role"], ["read"]))],
      "role",
      ["read"],
      undefined,
      "allowed",
    ],
    ["and no other", [allowing("a", rule(["role"], ["read"]))], "user", ["read"], undefined, "no rule"],
    [
      "kinds are compared exactly",
      [allowing("a", rule(["Role"], ["read"]))],
      "role",
      ["read"],
      undefined,
      "no rule",
    ],
    [
      "all verbs are needed",
      [allowing("a", rule(["role"], ["read"]))],
      "role",
      ["read", "list"],
      undefined,
      "no rule",
    ],
    [
      "verbs may come from several roles",
      [allowing("a", rule(["role"], ["read"])), allowing("b", rule(["role"], ["list"]))],
      "role",
      ["read", "list"],
      undefined,
      "allowed",
    ],
    ["any kind, any verb", [allowing("a", rule(["*"], ["*"]))], "anything", ["rotate"], undefined, "allowed"],
    [
      "deny wins whatever the order",
      [allowing("a", rule(["*"], ["*"])), denying("b", rule(["role"], ["read"]))],
      "role",
      ["read"],
      undefined,
      "denied",
    ],
    [
      "a deny of another verb does not",
      [allowing("a", rule(["*"], ["*"])), denying("b", rule(["role"], ["delete"]))],
      "role",
      ["read"],
      undefined,
      "allowed",
    ],
    [
      "read includes readnosecrets",
      [allowing("a", rule(["role"], ["read"]))],
      "role",
      ["readnosecrets"],
      undefined,
      "allowed",
    ],
    [
      "readnosecrets is not read",
      [allowing("a", rule(["role"], ["readnosecrets"]))],
      "role",
      ["read"],
      undefined,
      "no rule",
    ],
    [
      "a deny of read denies readnosecrets",
      [allowing("a", rule(["*"], ["*"])), denying("b", rule(["role"], ["read"]))],
      "role",
      ["readnosecrets"],
      undefined,
      "denied",
    ],
    [
      "where is looked at on the object",
      [allowing("a", rule(["role"], ["read"], 'equals(resource.metadata.name, "ops")'))],
      "role",
      ["read"],
      named("ops"),
      "allowed",
    ],
    [
      "where that is false allows nothing",
      [allowing("a", rule(["role"], ["read"], 'equals(resource.metadata.name, "ops")'))],
      "role",
      ["read"],
      named("dev"),
      "no rule",
    ],
    [
      "where that is false denies nothing",
      [
        allowing("a", rule(["role"], ["read"])),
        denying("b", rule(["role"], ["read"], 'equals(resource.metadata.name, "ops")')),
      ],
      "role",
      ["read"],
      named("dev"),
      "allowed",
    ],
    [
      "where that cannot be evaluated refuses, also in an allow",
      [allowing("a", rule(["role"], ["read"], 'equals(resource.spec.nothing.there, "x")'))],
      "role",
      ["read"],
      { kind: "role", spec: {} },
      "denied",
    ],
    [
      "threat 14: a stored where that does not parse allows nothing",
      [allowing("a", rule(["role"], ["read"], "equals(("))],
      "role",
      ["read"],
      undefined,
      "no rule",
    ],
    [
      "threat 14: a stored where that does not parse denies every verb",
      [allowing("a", rule(["*"], ["*"])), denying("b", rule(["role"], ["delete"], "equals(("))],
      "role",
      ["read"],
      undefined,
      "denied",
    ],
    [
      "the traits of the user are at hand",
      [allowing("a", rule(["role"], ["read"], 'contains(user.spec.traits["team"], "red")'))],
      "role",
      ["read"],
      undefined,
      "allowed",
    ],
    [
      "connectors have a common name",
      [allowing("a", rule(["auth_connector"], ["read"]))],
      "oidc",
      ["read"],
      undefined,
      "allowed",
    ],
    [
      "unless they are denied",
      [allowing("a", rule(["auth_connector"], ["read"])), denying("b", rule(["oidc"], ["read"]))],
      "oidc",
      ["read"],
      undefined,
      "denied",
    ],
    [
      "rules of another namespace do not count",
      [newRole("a", { allow: { namespaces: ["other"], rules: [rule(["role"], ["read"])] } })],
      "role",
      ["read"],
      undefined,
      "no rule",
    ],
  ];
  for (const [name, roles, kind, asked, subject, expected] of cases) {
    it(name, () => assert.equal(outcome(roles, kind, asked, subject), expected));
  }

  it("a denial under the wider name is a denial", () => {
    const denied = [denying("d", rule(["auth_connector"], ["read"]))];
    assert.equal(outcome(denied, "saml", ["read"]), "denied");
    assert.equal(outcome(denied, "lock", ["read"]), "no rule");
  });

  it("names the role and the rule that decided", () => {
    const verdict = decideAccess(
      [allowing("ops", rule(["user"], ["read"]), rule(["role"], ["read"]))],
      alice,
      "role",
      ["read"],
    );
    assert.deepEqual(verdict, { allow: true, because: 'role "ops", allow rule 2 (role: read)' });
  });

  it("looks at the more specific rule first", () => {
    const where = 'equals(resource.metadata.name, "ops")';
    const role = allowing(
      "a",
      rule(["*"], ["*"]),
      rule(["role", "user"], ["read"]),
      rule(["role"], ["read"], where),
    );
    const { considered } = explainAccess([role], alice, "read", "role", named("dev"));
    assert.deepEqual(
      considered.map((one) => [one.number, one.outcome]),
      [
        [3, "where is false"],
        [2, "matches"],
      ],
    );
  });
});

describe("explainAccess", () => {
  it("shows the rules up to the one that decided, by the verdict that is enforced", () => {
    const roles = [denying("no", rule(["user"], ["delete"])), allowing("yes", rule(["user"], ["read"]))];
    const { verdict, considered } = explainAccess(roles, alice, "read", "user");
    assert.equal(verdict.allow, true);
    assert.deepEqual(
      considered.map((one) => [one.role, one.side, one.outcome, one.decides]),
      [
        ["no", "deny", "other verb", undefined],
        ["yes", "allow", "matches", "allow"],
      ],
    );
  });
});

describe("permissionsOf", () => {
  it("adds the implicit role, except to a lone Nop", () => {
    assert.equal(permissionsOf([], alice).check("node", ["list"]).allow, true);
    assert.equal(permissionsOf([], alice).check("role", ["list"]).allow, false);
    assert.equal(permissionsOf([newRole("Nop")], alice).check("node", ["list"]).allow, false);
  });
});

const kinds = ["role", "user", "lock", "*"] as const;
const wheres = [
  "",
  'equals(resource.metadata.name, "a")',
  'contains(user.spec.roles, "dev")',
  "equals(broken",
  "equals(resource.spec.missing.field, 1)",
] as const;
const anyRule = fc.record({
  resources: fc.uniqueArray(fc.constantFrom(...kinds), { minLength: 1, maxLength: 3 }),
  verbs: fc.uniqueArray(fc.constantFrom(...verbs, "*"), { minLength: 1, maxLength: 4 }),
  where: fc.constantFrom(...wheres),
  actions: fc.constant([]),
});
const anyRules = fc.array(anyRule, { maxLength: 4 });
const anyRole = fc
  .record({ name: fc.string({ minLength: 1 }), allow: anyRules, deny: anyRules })
  .map(({ name, allow, deny }) => newRole(name, { allow: { rules: allow }, deny: { rules: deny } }));
const anyRoles = fc.array(anyRole, { maxLength: 4 });
const anyQuestion = fc.record({
  kind: fc.constantFrom("role", "user", "lock"),
  asked: fc.uniqueArray(fc.constantFrom(...verbs), { minLength: 1, maxLength: 3 }),
  subject: fc.option(
    fc.constantFrom("a", "b").map((name) => ({ kind: "role", metadata: { name }, spec: {} })),
    { nil: undefined },
  ),
});

describe("properties of the access decision", () => {
  it("adding a deny never adds access", () => {
    fc.assert(
      fc.property(anyRoles, anyRules, anyQuestion, (roles, deny, { kind, asked, subject }) => {
        const before = decideAccess(roles, alice, kind, asked, subject);
        const after = decideAccess(
          [...roles, newRole("deny", { deny: { rules: deny } })],
          alice,
          kind,
          asked,
          subject,
        );
        assert.ok(before.allow || !after.allow, `${before.because} but ${after.allow}`);
      }),
    );
  });

  it("merging roles never loses a deny", () => {
    fc.assert(
      fc.property(anyRoles, anyRoles, anyQuestion, (ours, theirs, { kind, asked, subject }) => {
        const denials = ours.map((role) => ({ ...role, allow: newRole("x").allow }));
        const alone = decideAccess(denials, alice, kind, asked, subject);
        if (alone.allow || !alone.explicit) return;
        for (const merged of [
          [...ours, ...theirs],
          [...theirs, ...ours],
        ]) {
          assert.equal(decideAccess(merged, alice, kind, asked, subject).allow, false);
        }
      }),
    );
  });

  it("asking for more never gets more", () => {
    fc.assert(
      fc.property(
        anyRoles,
        anyQuestion,
        fc.constantFrom(...verbs),
        (roles, { kind, asked, subject }, more) => {
          const one = decideAccess(roles, alice, kind, asked, subject);
          const both = decideAccess(roles, alice, kind, [...asked, more], subject);
          assert.ok(one.allow || !both.allow);
        },
      ),
    );
  });

  it("an explanation ends with what decides", () => {
    fc.assert(
      fc.property(anyRoles, anyQuestion, fc.constantFrom(...verbs), (roles, { kind, subject }, verb) => {
        const { verdict, considered } = explainAccess(roles, alice, verb, kind, subject);
        const decides = considered.at(-1)?.decides;
        assert.equal(verdict.allow, decides === "allow");
        assert.equal(!verdict.allow && verdict.explicit, decides === "deny");
      }),
    );
  });
});
