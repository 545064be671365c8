import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppError } from "@sallyport/api";
import fc from "fast-check";
import { mapClaims, mapClaimsToPatterns, matchesLabels, parseMatcher, parseRoleMatcher } from "./index.ts";

const isRefusal = (error: unknown) => error instanceof AppError && error.reason === "BAD_PARAMETER";

describe("parseMatcher", () => {
  const rows: readonly [string, string, boolean][] = [
    ["dev", "dev", true],
    ["dev", "devs", false],
    ["dev.x", "devax", false],
    ["", "", true],
    ["", "x", false],
    ["*", "", true],
    ["*", "a\nb", true],
    ["dev-*", "dev-", true],
    ["dev-*", "xdev-a", false],
    ["*-dev", "a-dev", true],
    ["a*b*c", "a1b2c", true],
    ["a*b*c", "ab", false],
    ["a*a", "a", false],
    ["ab*ba", "aba", false],
    ["a**b", "a-b", true],
    ["a.*b", "a.xb", true],
    ["a.*b", "axb", false],
    ["^dev-[0-9]+$", "dev-12", true],
    ["^dev-[0-9]+$", "dev-12\n", false],
    ["^a|b$", "axx", false],
    ["^a|b$", "b", true],
    ["^(?:a|ab)$", "ab", true],
    ["^$", "", true],
    ["^dev", "^dev", true],
  ];
  for (const [pattern, value, expected] of rows) {
    it(`${JSON.stringify(pattern)} on ${JSON.stringify(value)} → ${expected}`, () =>
      assert.equal(parseMatcher(pattern).matches(value), expected));
  }

  for (const bad of [
    "^(a$",
    "^(?=a)$",
    "^[$",
    "^\\1$",
    `^${"a".repeat(2000)}$`,
    "^(?:a{1000}){3}b{999}c{999}d{99}$",
  ]) {
    it(`refuses ${bad.slice(0, 30)}`, () => assert.throws(() => parseMatcher(bad), isRefusal));
  }

  it("globs mean the same as the regular expression that they stand for", () => {
    const part = fc.string({ unit: fc.constantFrom("a", "b", "*", "."), maxLength: 8 });
    const value = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 10 });
    fc.assert(
      fc.property(part, value, (glob, candidate) => {
        const slow = new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", ".*")}$`, "s");
        assert.equal(parseMatcher(glob).matches(candidate), slow.test(candidate));
      }),
    );
  });

  it("threat 9: patterns that are exponential elsewhere take linear time", () => {
    const value = `${"a".repeat(20_000)}!`;
    const start = performance.now();
    for (const pattern of ["^(a+)+$", "^(a|aa)+$", "^(.*a){20}$", `${"*a".repeat(50)}*b`]) {
      assert.equal(parseMatcher(pattern).matches(value), false);
    }
    assert.ok(performance.now() - start < 4000);
  });

  it("threat 20: compares exactly: case, blanks and Unicode form count", () => {
    for (const [name, other] of [
      ["admin", "Admin"],
      ["admin", "admin "],
      ["admin", " admin"],
      ["admin", "аdmin"],
      ["caf\u00e9", "cafe\u0301"],
      ["ſ", "s"],
      ["\u212a", "K"],
      ["admin", "admin\u0000"],
    ] as const) {
      for (const pattern of [name, `${name}*`.slice(0, -1), `^${name}$`]) {
        assert.equal(parseMatcher(pattern).matches(name), true);
        assert.equal(parseMatcher(pattern).matches(other), false, `${pattern} on ${JSON.stringify(other)}`);
      }
      assert.equal(matchesLabels({ [name]: ["*"] }, { [other]: "x" }), false);
      assert.equal(matchesLabels({ k: [name] }, { k: other }), false);
    }
  });
});

describe("parseRoleMatcher", () => {
  const rows: readonly [string, string, boolean][] = [
    ["dev-*", "dev-1", true],
    ['{{regexp.match("^dev-.*$")}}', "dev-1", true],
    ['{{regexp.match("^dev-.*$")}}', "xdev-1", false],
    ['foo-{{regexp.match("bar")}}-baz', "foo-xbarx-baz", true],
    ['foo-{{regexp.match("bar")}}-baz', "foo-other-baz", false],
    ['foo-{{regexp.not_match("bar")}}-baz', "foo-other-baz", true],
    ['foo-{{regexp.not_match("bar")}}-baz', "foo-bar-baz", false],
    ['foo-{{regexp.not_match("bar")}}-baz', "other", false],
    ['aa{{regexp.match("^$")}}aa', "aaa", false],
    ['{{regexp.match("^a{2}$")}}', "aa", true],
    ['{{regexp.not_match(".*")}}', "x", false],
  ];
  for (const [pattern, value, expected] of rows) {
    it(`${pattern} on ${value} → ${expected}`, () =>
      assert.equal(parseRoleMatcher(pattern).matches(value), expected));
  }
  for (const bad of [
    "{{external.email}}",
    "{{regexp.match(external.x)}}",
    '{{regexp.match("a", "b")}}',
    '{{regexp.match("(")}}',
    "{{",
    "}}",
    "{{}}",
    '{{regexp.match("a")}}{{regexp.match("b")}}',
    '{{regexp.other("a")}}',
  ]) {
    it(`refuses ${bad}`, () => assert.throws(() => parseRoleMatcher(bad), isRefusal));
  }
});

describe("matchesLabels", () => {
  const labels = { env: "prod", team: "red-1", empty: "" };
  const rows: readonly [Record<string, readonly string[]>, Record<string, string>, boolean][] = [
    [{}, labels, false],
    [{ "*": ["*"] }, labels, true],
    [{ "*": ["*"] }, {}, true],
    [{ "*": ["*", "x"] }, {}, false],
    [{ "*": ["prod"] }, labels, false],
    [{ env: ["prod"] }, labels, true],
    [{ env: ["dev", "prod"] }, labels, true],
    [{ env: ["prod"], team: ["red-*"] }, labels, true],
    [{ env: ["prod"], team: ["blue"] }, labels, false],
    [{ env: ["^pr.d$"] }, labels, true],
    [{ env: ["*"] }, labels, true],
    [{ empty: ["*"] }, labels, true],
    [{ none: ["*"] }, labels, false],
    [{ none: [""] }, labels, false],
    [{ "e*": ["prod"] }, labels, false],
    [{ env: [] }, labels, false],
    [{ "*": ["*"], env: ["dev"] }, labels, true],
    [{ env: ["dev"], "*": ["*"] }, {}, true],
    [{ constructor: ["*"] }, {}, false],
  ];
  for (const [selector, given, expected] of rows) {
    it(`${JSON.stringify(selector)} on ${JSON.stringify(given)} → ${expected}`, () =>
      assert.equal(matchesLabels(selector, given), expected));
  }
  it("threat 14: a bad pattern is an error, even behind a value that decides", () => {
    assert.throws(() => matchesLabels({ none: ["x"], env: ["prod", "^(a$"] }, labels), isRefusal);
  });
});

describe("mapClaims", () => {
  const traits = { groups: ["team-red", "team-blue", "admins"], level: ["3"], star: ["*"] };
  const rows: readonly [string, string, readonly string[], readonly string[]][] = [
    ["groups", "admins", ["admin", "audit"], ["admin", "audit"]],
    ["groups", "Admins", ["admin"], []],
    ["groups", "*", ["any"], ["any"]],
    ["groups", "team-*", ["role-$1"], ["role-red", "role-blue"]],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the reference belongs to the language under test
    ["groups", "^team-(.*)$", ["$1", "x-${1}-y"], ["red", "x-red-y", "blue", "x-blue-y"]],
    ["groups", "^team-(?P<name>.*)$", ["$name"], ["red", "blue"]],
    ["groups", "^team-(r)?.*$", ["a$1"], ["ar", "a"]],
    ["groups", "admins", ["$1"], []],
    ["groups", "admins", ["a$$b"], ["a$b"]],
    ["nothing", "*", ["any"], []],
    ["constructor", "*", ["any"], []],
  ];
  for (const [claim, value, roles, expected] of rows) {
    it(`${claim} ${value} → ${roles} gives ${expected}`, () =>
      assert.deepEqual(mapClaims([{ claim, value, roles }], traits), expected));
  }
  it("refuses a bad pattern", () => {
    assert.throws(() => mapClaims([{ claim: "groups", value: "^(a$", roles: ["x"] }], traits), isRefusal);
  });
  it("threat 16: a trait that is filled into a role name never acts as a pattern", () => {
    const mapped = (claim: string, value: string, role: string) =>
      mapClaimsToPatterns([{ claim, value, roles: [role, role] }], traits);
    assert.deepEqual(mapped("star", "^(.*)$", "$1"), [{ role: "*", isFilled: true }]);
    assert.deepEqual(mapped("level", "3", "^dev-.*$"), [{ role: "^dev-.*$", isFilled: false }]);
  });
});
