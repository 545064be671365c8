import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decideResourceAccess } from "./decide-resource-access.ts";
import { newRole } from "./new-role.ts";
import type { LabelledKind, Role, RoleConditions } from "./role.ts";

const allow = (parts: Partial<RoleConditions>) => newRole("a", { allow: parts });
const deny = (parts: Partial<RoleConditions>) => newRole("d", { deny: parts });
const node = (selector: Record<string, string[]>) => ({ labelSelectors: { node: selector } });
const all = node({ "*": ["*"] });
const traits = { env: ["prod"] };

describe("decideResourceAccess", () => {
  const prod = { env: "prod", team: "red" };
  const cases: readonly [string, readonly Role[], Record<string, string>, string | undefined, boolean][] = [
    ["no selector selects nothing", [allow({ logins: ["root"] })], prod, undefined, false],
    ["any label selects also none", [allow(all)], {}, undefined, true],
    ["every key is needed", [allow(node({ env: ["prod"], size: ["*"] }))], prod, undefined, false],
    ["one of the values is enough", [allow(node({ env: ["dev", "p*"] }))], prod, undefined, true],
    [
      "an expression selects",
      [allow({ labelExpressions: { node: 'labels["env"] == "prod"' } })],
      prod,
      undefined,
      true,
    ],
    [
      "labels and expression both have to match",
      [allow({ ...all, labelExpressions: { node: 'labels["env"] == "dev"' } })],
      prod,
      undefined,
      false,
    ],
    [
      "an expression of another kind does not count",
      [allow({ labelExpressions: { db: 'labels["env"] == "prod"' } })],
      prod,
      undefined,
      false,
    ],
    ["denied labels win", [allow(all), deny(node({ env: ["prod"] }))], prod, undefined, false],
    [
      "a deny by expression wins",
      [allow(all), deny({ labelExpressions: { node: 'labels["team"] == "red"' } })],
      prod,
      undefined,
      false,
    ],
    [
      "a deny by an expression that is false does not count",
      [allow(all), deny({ labelExpressions: { node: 'labels["team"] == "blue"' } })],
      prod,
      undefined,
      true,
    ],
    [
      "a deny needs every key as well",
      [allow(all), deny(node({ env: ["prod"], size: ["*"] }))],
      prod,
      undefined,
      true,
    ],
    [
      "labels and login come from one role",
      [allow(all), newRole("b", { allow: { logins: ["root"] } })],
      prod,
      "root",
      false,
    ],
    ["a role with both allows", [allow({ ...all, logins: ["root"] })], prod, "root", true],
    [
      "a denied login wins whatever the labels",
      [allow({ ...all, logins: ["root"] }), deny({ logins: ["root"] })],
      prod,
      "root",
      false,
    ],
    [
      "threat 14: a stored expression that does not parse allows nothing",
      [allow({ ...all, labelExpressions: { node: "((" } })],
      prod,
      undefined,
      false,
    ],
    [
      "threat 14: and denies everything",
      [allow(all), deny({ labelExpressions: { node: "((" } })],
      prod,
      undefined,
      false,
    ],
    [
      "threat 14: a stored pattern that does not parse denies",
      [allow(all), deny(node({ env: ["^([$"] }))],
      prod,
      undefined,
      false,
    ],
    [
      "a deny for another namespace does not count",
      [allow(all), deny({ ...all, namespaces: ["other"] })],
      prod,
      undefined,
      true,
    ],
    [
      "an allow for another namespace does not either",
      [allow({ ...all, namespaces: ["other"] })],
      prod,
      undefined,
      false,
    ],
    ["an allow for every namespace counts", [allow({ ...all, namespaces: ["*"] })], prod, undefined, true],
    [
      "every login is denied",
      [allow({ ...all, logins: ["root"] }), deny({ logins: ["*"] })],
      prod,
      "root",
      false,
    ],
    [
      "an empty selector leaves it to the expression",
      [allow({ ...node({}), labelExpressions: { node: 'labels["env"] == "prod"' } })],
      prod,
      undefined,
      true,
    ],
    [
      "traits are at hand",
      [allow({ labelExpressions: { node: 'contains(user.spec.traits["env"], labels["env"])' } })],
      prod,
      undefined,
      true,
    ],
  ];
  for (const [name, roles, labels, login, expected] of cases) {
    it(name, () => {
      assert.equal(decideResourceAccess(roles, traits, { kind: "node", labels }, login).allow, expected);
    });
  }

  it("a cluster without labels is open where no role asks for some", () => {
    const leaf = { kind: "cluster", labels: {} } as const;
    assert.equal(decideResourceAccess([allow({})], traits, leaf).allow, true);
    const asking = allow({ labelSelectors: { cluster: { env: ["prod"] } } });
    assert.equal(decideResourceAccess([asking], traits, leaf).allow, false);
    assert.equal(decideResourceAccess([allow({}), asking], traits, leaf).allow, false);
    const byExpression = allow({ labelExpressions: { cluster: 'labels["env"] == "prod"' } });
    assert.equal(decideResourceAccess([byExpression], traits, leaf).allow, false);
  });

  const selectors = fc.dictionary(
    fc.constantFrom("env", "team", "*"),
    fc.array(fc.constantFrom("prod", "dev", "*", "p*", "^([$"), { minLength: 1, maxLength: 2 }),
    { maxKeys: 2 },
  );
  const conditions = fc.record({
    node: selectors,
    logins: fc.array(fc.constantFrom("root", "dev"), { maxLength: 2 }),
  });
  const roleOf =
    (name: string, side: "allow" | "deny") => (parts: { node: Record<string, string[]>; logins: string[] }) =>
      newRole(name, { [side]: { labelSelectors: { node: parts.node }, logins: parts.logins } });
  it("adding a deny never adds access", () => {
    fc.assert(
      fc.property(
        fc.array(conditions.map(roleOf("a", "allow")), { maxLength: 3 }),
        conditions.map(roleOf("d", "deny")),
        fc.dictionary(fc.constantFrom("env", "team"), fc.constantFrom("prod", "dev")),
        fc.constantFrom(undefined, "root", "dev"),
        (roles, denial, labels, login) => {
          const resource: { kind: LabelledKind; labels: Record<string, string> } = { kind: "node", labels };
          const before = decideResourceAccess(roles, {}, resource, login);
          const after = decideResourceAccess([denial, ...roles], {}, resource, login);
          assert.ok(before.allow || !after.allow);
        },
      ),
    );
  });
});
