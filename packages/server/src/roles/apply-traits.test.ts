import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { applyTraits, isUnixLogin, isWindowsLogin } from "./apply-traits.ts";
import { newRole } from "./new-role.ts";
import type { RoleConditions } from "./role.ts";

const traits = {
  logins: ["alice", "root"],
  windows_logins: ["Alice", "bad:name"],
  email: ["alice@example.com"],
  env: ["prod", "stage"],
  broken: ["not an address"],
};
const allowed = (parts: Partial<RoleConditions>) => applyTraits(newRole("r", { allow: parts }), traits).allow;
const denied = (parts: Partial<RoleConditions>) => applyTraits(newRole("r", { deny: parts }), traits).deny;

describe("applyTraits", () => {
  const lists: readonly [string, readonly string[], readonly string[]][] = [
    ["a literal stays", ["ubuntu"], ["ubuntu"]],
    ["a trait becomes its values, once each", ["{{internal.logins}}", "root"], ["alice", "root"]],
    ["text around it stays", ["dev-{{external.env}}"], ["dev-prod", "dev-stage"]],
    ["a missing trait gives nothing", ["{{external.nothing}}", "ubuntu"], ["ubuntu"]],
    ["a function is applied", ["{{email.local(external.email)}}"], ["alice"]],
    ["a function that fails gives nothing", ["{{email.local(external.broken)}}", "ubuntu"], ["ubuntu"]],
    ["what does not parse gives nothing", ["{{external.", "ubuntu"], ["ubuntu"]],
  ];
  for (const [name, before, after] of lists) {
    it(`in a list, ${name}`, () => assert.deepEqual(allowed({ logins: before }).logins, after));
  }

  it("threat 3: drops logins that no system takes", () => {
    const logins = ["a,b", "*", "-x", "a b", "a\nb", "a:b", "~x", "", "x".repeat(33), "ok"];
    assert.deepEqual(allowed({ logins }).logins, ["ok"]);
    assert.deepEqual(
      allowed({ windowsDesktopLogins: ["{{internal.windows_logins}}"] }).windowsDesktopLogins,
      ["Alice"],
    );
  });

  it("keeps the wildcard of a deny", () => assert.deepEqual(denied({ logins: ["*"] }).logins, ["*"]));

  it("threat 14: a deny whose template does not parse denies everything", () => {
    assert.deepEqual(denied({ logins: ["{{external."] }).logins, ["*"]);
    assert.deepEqual(denied({ labelSelectors: { node: { env: ["{{external."] } } }).labelSelectors.node, {
      "*": ["*"],
    });
  });

  it("puts traits into keys and values of labels", () => {
    const selector = { env: ["{{external.env}}"], "{{external.env}}": ["x"], owner: ["{{external.none}}"] };
    assert.deepEqual(allowed({ labelSelectors: { node: selector } }).labelSelectors.node, {
      env: ["prod", "stage"],
      prod: ["x"],
      owner: [""],
    });
  });

  it("a label may be named like anything, also like what every object has", () => {
    const selector = { constructor: ["{{external.env}}"], ["__proto__"]: ["x"] };
    const { node } = allowed({ labelSelectors: { node: selector } }).labelSelectors;
    assert.deepEqual(Object.entries(node ?? {}), [
      ["constructor", ["prod", "stage"]],
      ["__proto__", ["x"]],
    ]);
  });

  it("leaves the labels of workload identities, rules and requests alone", () => {
    const selector = { env: ["{{external.env}}"] };
    const rules = [{ resources: ["role"], verbs: ["read"], where: "{{", actions: [] }];
    const applied = allowed({ labelSelectors: { workload_identity: selector }, rules });
    assert.equal(applied.labelSelectors.workload_identity, selector);
    assert.equal(applied.rules, rules);
  });

  it("keeps the text of a certificate extension that has no value", () => {
    const extension = (value: string) => ({ type: "ssh", mode: "extension", name: "n", value }) as const;
    const role = newRole("r", {
      options: { certExtensions: [extension("{{external.env}}"), extension("{{external.none}}")] },
    });
    const values = applyTraits(role, traits).options.certExtensions.map((one) => one.value);
    assert.deepEqual(values, ["prod", "{{external.none}}"]);
  });
});

describe("logins", () => {
  const unix: readonly [string, boolean][] = [
    ["root", true],
    ["alice@example.com", true],
    ["access-plugin", true],
    ["svc$", true],
    ["s$vc", false],
    ["ü", false],
    ["a#b", false],
    ["CORP\\alice", true],
    ["\\alice", false],
    ["-x", false],
    ["", false],
    ["x".repeat(33), false],
    ["+x", false],
    ["a/b", false],
    ["a*", false],
  ];
  for (const [login, ok] of unix)
    it(`${login} is ${ok ? "" : "not "}a Unix login`, () => assert.equal(isUnixLogin(login), ok));
  it("a Windows login has no reserved characters", () => {
    assert.equal(isWindowsLogin("Alice Smith"), true);
    for (const login of ["a/b", "a\\b", "a[b", "a;b", "a,b", "a*", ""])
      assert.equal(isWindowsLogin(login), false);
  });
});
