import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppError } from "@sallyport/api";
import fc from "fast-check";
import { checkTemplate, expandTemplate } from "./index.ts";

const traits = {
  logins: ["root", "ubuntu"],
  email: ["Alice <alice@example.com>", "bob@example.com"],
  "with space": ["s"],
  groups: ["env-prod", "other"],
  empty: [],
  blank: ["", "x"],
  address: ["nobody"],
};

const isRefusal = (error: unknown) => error instanceof AppError && error.reason === "BAD_PARAMETER";

describe("expandTemplate", () => {
  const rows: readonly [string, readonly string[]][] = [
    ["root", ["root"]],
    ["", [""]],
    [" a{b}c ", [" a{b}c "]],
    ["{{internal.logins}}", ["root", "ubuntu"]],
    ["{{external.logins}}", ["root", "ubuntu"]],
    ["{{ external.logins }}", ["root", "ubuntu"]],
    ["{{anything.logins}}", ["root", "ubuntu"]],
    ['{{external["with space"]}}', ["s"]],
    ["  IAM#{{external.logins}};  ", ["IAM#root;", "IAM#ubuntu;"]],
    ["a {{external.logins}} b", ["a root b", "a ubuntu b"]],
    ["{{email.local(external.email)}}", ["alice", "bob"]],
    ["x-{{email.local(external.address)}}", []],
    ['{{regexp.replace(external.groups, "^env-(.*)$", "$1")}}', ["prod"]],
    ['{{regexp.replace(external.groups, "e", "E")}}', ["Env-prod", "othEr"]],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the reference belongs to the language under test
    ['{{regexp.replace(email.local(external.email), "^(.)(.*)$", "${2}$1")}}', ["licea", "obb"]],
    ['{{regexp.replace(external.groups, "^env-.*$", "")}}', []],
    ['{{regexp.replace(external.logins, "o{2}", "u")}}', ["rut"]],
    ['{{"fixed"}}', ["fixed"]],
    ["{{external.none}}", []],
    ["{{external.constructor}}", []],
    ["{{external.empty}}", []],
    ["p-{{external.blank}}", ["p-x"]],
    ["{{internal.email}}", []],
    ["{{regexp.match(`x`)}}", []],
    ["{{external.logins}}{{external.logins}}", []],
    ["{{external.logins", []],
    ["external.logins}}", []],
    ["{{external}}", []],
    ["{{external.a.b}}", []],
  ];
  for (const [text, expected] of rows) {
    it(`${JSON.stringify(text)} → ${JSON.stringify(expected)}`, () =>
      assert.deepEqual(expandTemplate(text, traits), expected));
  }

  it("never throws, whatever the text", () => {
    const word = fc.constantFrom(
      "{{",
      "}}",
      "{",
      "}",
      "external",
      ".",
      "[",
      "]",
      '"',
      "logins",
      "(",
      ")",
      "email.local",
      ",",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(word, { maxLength: 20 }).map((w) => w.join("")),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        assert.ok(Array.isArray(expandTemplate(candidate, traits)));
        try {
          checkTemplate(candidate);
        } catch (error) {
          assert.ok(isRefusal(error), String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("a template in a trait stays text", () => {
    assert.deepEqual(expandTemplate("{{external.x}}", { x: ["{{internal.logins}}"], logins: ["root"] }), [
      "{{internal.logins}}",
    ]);
  });
});

describe("checkTemplate", () => {
  for (const good of ["root", "", "{{internal.github_orgs}}", "{{external.anything}}", "a{b}"]) {
    it(`accepts ${JSON.stringify(good)}`, () => checkTemplate(good));
  }
  const bad: readonly [string, number, RegExp][] = [
    ["{{internal.login}}", 1, /did you mean "logins"/],
    ["x{{external.a b}}", 15, /should end/],
    ["{{external.a-b}}", 13, /brackets/],
    ["x}}", 2, /without/],
    ["{{x", 1, /without/],
    ["{{}}", 1, /empty/],
    ["{{email.locl(external.a)}}", 3, /did you mean "email.local"/],
    ['{{regexp.match("x")}}', 3, /yields no value/],
    ['{{regexp.replace(external.a, "(", "x")}}', 1, /regular expression/],
    ["{{regexp.replace(external.a, external.b, `x`)}}", 3, /texts/],
    ["{{external.a}} {{external.b}}", 13, /meaning|should end/],
  ];
  for (const [text, column, words] of bad) {
    it(`refuses ${text}`, () => {
      assert.throws(
        () => checkTemplate(text),
        (error) => {
          assert.ok(isRefusal(error));
          assert.match((error as AppError).message, words);
          assert.equal((error as AppError).details.column ?? 1, column, (error as AppError).message);
          return true;
        },
      );
    });
  }
  it("allows only the internal names that it is given", () => {
    checkTemplate("{{internal.special}}", { internalNames: ["special"] });
    assert.throws(() => checkTemplate("{{internal.logins}}", { internalNames: ["special"] }), isRefusal);
    assert.throws(() => checkTemplate("{{internal.logins}}", { internalNames: [] }), isRefusal);
  });
});
