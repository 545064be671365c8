import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** Classes that this version touches; the page has a row for each. */
const required = [
  1, 2, 3, 4, 5, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23, 24, 32, 34, 35, 36, 37, 38, 39, 40,
];

interface NamedTest {
  readonly path: string;
  /** The name, or the part of it that stands in the file as it is. */
  readonly name: string;
}

interface Row {
  readonly threat: number;
  readonly rule: string;
  readonly tests: readonly NamedTest[];
}

/** The rows of the table of the page. */
function rows(): readonly Row[] {
  return read("docs/security.md")
    .split("\n")
    .filter((line) => /^\| \d/.test(line))
    .map((line) => {
      const [threat = "", , rule = "", tests = ""] = line.slice(2, -2).split(" | ");
      return { threat: Number(threat), rule, tests: tests.split("<br>").map(testOf) };
    });
}

function testOf(text: string): NamedTest {
  const [, path = "", name = ""] = /^`([^`]+)`: (.+)$/.exec(text) ?? [];
  assert.notEqual(name, "", `not a file and a name of a test: ${text}`);
  return { path, name };
}

describe("the security page", () => {
  it("has a row for every class that this version touches", () => {
    assert.deepEqual(
      rows().map(({ threat }) => threat),
      required,
    );
  });

  for (const { threat, rule, tests } of rows()) {
    it(`names tests of class ${threat} that exist`, () => {
      assert.ok(rule.length > 20, "a rule in words");
      for (const { path, name } of tests) {
        const lines = read(path).split("\n");
        const ofClass = lines.filter((line) => new RegExp(`threat ${threat}[:,]`).test(line));
        const found = ofClass.some((line) => line.includes(name));
        assert.ok(found, `${path} has no test "threat ${threat}: … ${name}"`);
      }
    });
  }
});
