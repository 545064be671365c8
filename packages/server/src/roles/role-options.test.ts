import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decidePrincipals } from "./certificate-principals.ts";
import { implicitRole } from "./implicit-role.ts";
import { newRole } from "./new-role.ts";
import type { RoleOptions } from "./role.ts";
import { combineLockingMode, combineMfaInterval, combineOptions } from "./role-options.ts";

const HOUR_MS = 3_600_000;
const combined = (...options: Partial<RoleOptions>[]) =>
  combineOptions([...options.map((one, index) => newRole(`r${index}`, { options: one })), implicitRole]);

describe("combineOptions", () => {
  it("takes the shortest session", () => {
    assert.equal(
      combined({ maxSessionTtlMs: 8 * HOUR_MS }, { maxSessionTtlMs: HOUR_MS }).maxSessionTtlMs,
      HOUR_MS,
    );
    assert.equal(combined({}).maxSessionTtlMs, 30 * HOUR_MS);
    assert.equal(combined({ maxSessionTtlMs: 0 }, { maxSessionTtlMs: HOUR_MS }).maxSessionTtlMs, HOUR_MS);
  });

  it("one role suffices for what is switched on", () => {
    const options = combined(
      {},
      { forwardAgent: true, permitX11Forwarding: true, pinSourceIp: true, certFormat: "oldssh" },
    );
    assert.equal(options.forwardAgent, true);
    assert.equal(options.permitX11Forwarding, true);
    assert.equal(options.pinSourceIp, true);
    assert.equal(options.certFormat, "oldssh");
    assert.equal(combined({}).certFormat, "standard");
  });

  const on = { local: true, remote: true };
  const forwarding: readonly [string, Partial<RoleOptions>[], { local: boolean; remote: boolean }][] = [
    ["nothing said allows", [{}], on],
    ["the older switch closes both", [{ portForwarding: false }], { local: false, remote: false }],
    [
      "the older switch alone opens both",
      [{ portForwarding: true }, { sshPortForwarding: { local: false, remote: false } }],
      on,
    ],
    [
      "any block closes its direction",
      [{ sshPortForwarding: { local: true, remote: false } }, { sshPortForwarding: on }],
      { local: true, remote: false },
    ],
    [
      "the older switch is not asked where a block speaks",
      [{ portForwarding: false }, { sshPortForwarding: { local: true, remote: undefined } }],
      on,
    ],
    [
      "a silent block leaves it to the older switch",
      [{ portForwarding: false }, { sshPortForwarding: { local: undefined, remote: undefined } }],
      { local: false, remote: false },
    ],
  ];
  for (const [name, options, expected] of forwarding) {
    it(`port forwarding: ${name}`, () => assert.deepEqual(combined(...options).portForwarding, expected));
  }

  it("requests need a reason, or come by themselves, if any role says so", () => {
    assert.deepEqual(
      [combined({}), combined({ requestAccess: "always" }), combined({ requestAccess: "reason" })].map(
        (one) => [one.requestReasonRequired, one.requestsAutomatically],
      ),
      [
        [false, false],
        [false, true],
        [true, true],
      ],
    );
  });

  it("prompts are trimmed, each once, in order", () => {
    const options = combined(
      { requestPrompt: " " },
      { requestPrompt: " why " },
      { requestPrompt: "what" },
      { requestPrompt: "why" },
    );
    assert.deepEqual([options.requestPrompt, options.requestPrompts], ["why", ["why", "what"]]);
  });
});

describe("combineMfaInterval", () => {
  type Said = Partial<Pick<RoleOptions, "requireSessionMfa" | "mfaVerificationIntervalMs">>;
  const session = { requireSessionMfa: "session" };
  const every = (hours: number) => ({ mfaVerificationIntervalMs: hours * HOUR_MS });
  const cases: readonly [name: string, Said[], cluster: boolean, hours: number | undefined][] = [
    ["no role", [], true, undefined],
    ["a role that says nothing", [session], false, undefined],
    [
      "the shortest",
      [
        { ...session, ...every(3) },
        { ...session, ...every(2) },
      ],
      false,
      2,
    ],
    ["a role that needs no second factor is not asked", [{ ...session, ...every(3) }, every(2)], false, 3],
    ["every role is asked where the cluster needs one", [{ ...session, ...every(3) }, every(2)], true, 2],
    [
      "zero and less are no limit",
      [
        { ...session, ...every(0) },
        { ...session, ...every(-1) },
      ],
      true,
      undefined,
    ],
  ];
  for (const [name, options, cluster, hours] of cases) {
    it(name, () => {
      const roles = options.map((one) => newRole("r", { options: one }));
      assert.equal(combineMfaInterval(roles, cluster), hours && hours * HOUR_MS);
    });
  }
});

describe("combineLockingMode", () => {
  const cases: readonly [RoleOptions["lock"][], "strict" | "best_effort", "strict" | "best_effort"][] = [
    [[], "strict", "strict"],
    [[""], "best_effort", "best_effort"],
    [["best_effort"], "strict", "best_effort"],
    [["best_effort", "strict"], "best_effort", "strict"],
  ];
  for (const [locks, cluster, expected] of cases) {
    it(`${JSON.stringify(locks)} in a ${cluster} cluster is ${expected}`, () => {
      const roles = locks.map((lock) => newRole("r", { options: { lock } }));
      assert.equal(combineLockingMode(roles, cluster), expected);
    });
  }
});

describe("decidePrincipals", () => {
  const short = newRole("short", { options: { maxSessionTtlMs: HOUR_MS }, allow: { logins: ["root"] } });
  const long = newRole("long", {
    options: { maxSessionTtlMs: 10 * HOUR_MS },
    allow: { logins: ["dev", "app"] },
  });

  it("gives the logins of roles that last as long", () => {
    assert.deepEqual(decidePrincipals([short, long], "logins", HOUR_MS), {
      allow: true,
      values: ["app", "dev", "root"],
    });
    assert.deepEqual(decidePrincipals([short, long], "logins", 2 * HOUR_MS), {
      allow: true,
      values: ["app", "dev"],
    });
  });

  it("refuses where there are logins but none for so long, except for the local administrator", () => {
    assert.equal(decidePrincipals([short], "logins", 2 * HOUR_MS).allow, false);
    assert.deepEqual(decidePrincipals([short], "logins", 2 * HOUR_MS, true), {
      allow: true,
      values: ["root"],
    });
  });

  it("a role without logins has none to give", () => {
    assert.deepEqual(decidePrincipals([newRole("r"), implicitRole], "logins", HOUR_MS), {
      allow: true,
      values: [],
    });
  });

  it("leaves out what any role denies", () => {
    const no = newRole("no", { deny: { logins: ["dev"] } });
    assert.deepEqual(decidePrincipals([long, no], "logins", HOUR_MS), { allow: true, values: ["app"] });
    const none = newRole("none", { deny: { logins: ["*"] } });
    assert.deepEqual(decidePrincipals([long, none], "logins", HOUR_MS), { allow: true, values: [] });
  });
});
