import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideImpersonation, mayImpersonateSomebody } from "./decide-impersonation.ts";
import { newRole } from "./new-role.ts";
import type { ImpersonateConditions } from "./role.ts";

const alice = { name: "alice", roles: ["impersonator"], traits: { team: ["ci"] } };
const bot = { name: "jenkins", roles: ["build"], traits: {} };
const named = (name: string) => ({
  name,
  subject: { kind: "role", metadata: { name, labels: { team: "ci" } } },
});
const allow = (users: string[], roles: string[], where = "") =>
  newRole("a", { allow: { impersonate: { users, roles, where } } });
const deny = (parts: Partial<ImpersonateConditions>) =>
  newRole("d", { deny: { impersonate: { users: [], roles: [], where: "", ...parts } } });

describe("decideImpersonation", () => {
  const cases = [
    ["a user with all roles", [allow(["jenkins"], ["build"])], bot, ["build"], true],
    ["one role that is not covered", [allow(["jenkins"], ["build"])], bot, ["build", "prod"], false],
    [
      "two allowances do not add up",
      [allow(["jenkins"], ["build"]), allow(["jenkins"], ["prod"])],
      bot,
      ["build", "prod"],
      false,
    ],
    ["patterns", [allow(["jen*"], ["^(build|test)$"])], bot, ["build", "test"], true],
    ["another user", [allow(["other"], ["*"])], bot, ["build"], false],
    ["lists of roles alone are not for users", [allow([], ["*"])], bot, ["build"], false],
    [
      "a deny of the user",
      [allow(["*"], ["*"]), deny({ users: ["jenkins"], roles: ["none"] })],
      bot,
      ["build"],
      false,
    ],
    [
      "a deny of one role",
      [allow(["*"], ["*"]), deny({ users: ["none"], roles: ["prod"] })],
      bot,
      ["build", "prod"],
      false,
    ],
    [
      "a deny without users is for role requests",
      [allow(["*"], ["*"]), deny({ roles: ["build"] })],
      bot,
      ["build"],
      true,
    ],
    [
      "a deny without roles is for nobody",
      [allow(["*"], ["*"]), deny({ users: ["jenkins"] })],
      bot,
      ["build"],
      true,
    ],
    [
      "a deny with users is not for role requests",
      [allow([], ["*"]), deny({ users: ["*"], roles: ["build"] })],
      undefined,
      ["build"],
      true,
    ],
    [
      "where that is true",
      [allow(["*"], ["*"], 'equals(impersonate_role.metadata.labels["team"], "ci")')],
      bot,
      ["build"],
      true,
    ],
    [
      "where that is false",
      [allow(["*"], ["*"], 'equals(impersonate_role.metadata.labels["team"], "x")')],
      bot,
      ["build"],
      false,
    ],
    ["threat 14: where that does not parse", [allow(["*"], ["*"], "((")], bot, ["build"], false],
    ["roles alone", [allow([], ["build"])], undefined, ["build"], true],
    ["roles alone are not for lists with users", [allow(["*"], ["*"])], undefined, ["build"], false],
    ["a deny of roles alone", [allow([], ["*"]), deny({ roles: ["build"] })], undefined, ["build"], false],
    ["no roles at all", [allow([], ["*"])], undefined, [], false],
  ] as const;
  for (const [name, roles, user, wanted, expected] of cases) {
    it(name, () => {
      assert.equal(decideImpersonation(roles, alice, { user, roles: wanted.map(named) }).allow, expected);
    });
  }

  it("a person can impersonate somebody if any role has both lists", () => {
    assert.equal(mayImpersonateSomebody([allow([], ["x"])]), false);
    assert.equal(mayImpersonateSomebody([allow(["u"], ["x"])]), true);
  });
});
