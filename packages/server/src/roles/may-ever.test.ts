import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Verb } from "../rpc/caller.ts";
import { newRole } from "./new-role.ts";
import { permissionsOf } from "./permissions.ts";
import type { Rule } from "./role.ts";

const user = { name: "ann", roles: ["r"], traits: {} };
const onName = 'equals(resource.metadata.name, "a")';
const rule = (resources: string[], verbs: string[], where = ""): Rule => ({
  resources,
  verbs,
  where,
  actions: [],
});

function may(kind: string, verbs: Verb[], rules: { allow?: Rule[]; deny?: Rule[] }) {
  const role = newRole("r", { allow: { rules: rules.allow ?? [] } });
  const denying = { ...role, deny: { ...role.deny, rules: rules.deny ?? [] } };
  return permissionsOf([denying], user).mayEver(kind, verbs);
}

test("there can be an object for whoever has a rule, whatever its clause looks at", () => {
  const list: readonly [string, boolean, boolean][] = [
    ["no rule", may("user", ["list"], {}), false],
    ["a rule", may("user", ["list"], { allow: [rule(["user"], ["list"])] }), true],
    ["a rule with a clause", may("user", ["list"], { allow: [rule(["user"], ["list"], onName)] }), true],
    ["any kind", may("user", ["list"], { allow: [rule(["*"], ["*"])] }), true],
    ["another kind", may("user", ["list"], { allow: [rule(["role"], ["list"])] }), false],
    ["half of the verbs", may("user", ["list", "read"], { allow: [rule(["user"], ["list"])] }), false],
    [
      "verbs of two rules",
      may("user", ["list", "read"], { allow: [rule(["user"], ["list"]), rule(["user"], ["read"])] }),
      true,
    ],
    ["a wider kind", may("saml", ["list"], { allow: [rule(["auth_connector"], ["list"])] }), true],
    [
      "a clause that does not parse",
      may("user", ["list"], { allow: [rule(["user"], ["list"], "equals(")] }),
      false,
    ],
    [
      "a denial of all",
      may("user", ["list"], { allow: [rule(["user"], ["list"])], deny: [rule(["user"], ["list"])] }),
      false,
    ],
    [
      "a denial of some",
      may("user", ["list"], { allow: [rule(["user"], ["list"])], deny: [rule(["user"], ["list"], onName)] }),
      true,
    ],
  ];
  for (const [name, answer, expected] of list) assert.equal(answer, expected, name);
});

test("threat 12: what can never be is denied for every object", () => {
  const ruleOf = fc.record({
    resources: fc.subarray(["saml", "auth_connector", "user", "*"], { minLength: 1 }),
    verbs: fc.subarray(["list", "read", "readnosecrets", "*"], { minLength: 1 }),
    where: fc.constantFrom("", "", onName, `!${onName}`, 'equals(resource.spec.x, "1")', "equals("),
    actions: fc.constant([]),
  });
  const side = fc.array(ruleOf, { maxLength: 3 });
  const namespaces = fc.constantFrom(["default"], ["*"], ["other"]);
  const verbs = fc.subarray<Verb>(["list", "read", "readnosecrets"]);
  const subject = fc.constantFrom(undefined, { metadata: { name: "a" } }, { metadata: { name: "b" } });
  const asked = fc.constantFrom("saml", "user", "auth_connector", "lock");
  fc.assert(
    fc.property(side, side, namespaces, asked, verbs, subject, (allow, deny, where, kind, wanted, object) => {
      const role = newRole("r");
      const permissions = permissionsOf(
        [
          {
            ...role,
            allow: { ...role.allow, rules: allow, namespaces: where },
            deny: { ...role.deny, rules: deny },
          },
        ],
        user,
      );
      if (permissions.check(kind, wanted, object).allow)
        assert.equal(permissions.mayEver(kind, wanted), true);
    }),
    { numRuns: 2000 },
  );
});
