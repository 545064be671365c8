import assert from "node:assert/strict";
import { test } from "node:test";
import { formatResource, parseResource } from "@sallyport/api";
import fc from "fast-check";
import { parse } from "yaml";
import { checkDocuments } from "./check-documents.ts";
import { formatJson, formatYaml, formatYamlDocument } from "./format-documents.ts";
import { orderResources } from "./order-resources.ts";
import { parseDocuments } from "./parse-documents.ts";

const check = (text: string) => checkDocuments(parseDocuments("f.yaml", text));

const user = (name: string) => `kind: user\nversion: v2\nmetadata: {name: ${name}}\nspec: {roles: [r]}\n`;
const role = (name: string) => `kind: role\nversion: v7\nmetadata: {name: ${name}}\nspec: {}\n`;
const lock = "kind: lock\nversion: v2\nmetadata: {name: l}\nspec: {target: {user: u}}\n";

test("mistakes are named with file, document, line, column and field", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["a: [1", "f.yaml, document 1, line 1, column 6: "],
    ["a: 1\na: 2", "f.yaml, document 1, line 2, column 1: Map keys must be unique"],
    ["a: *x", "f.yaml, document 1: aliases that cannot be resolved, or stand for too much"],
    ["- 1", "f.yaml, document 1, line 1, column 1: a resource is a mapping"],
    [
      "kind: usr",
      'f.yaml, document 1, line 1, column 1: kind: no such kind of resource; did you mean "user"?',
    ],
    [
      `${user("a")}---\nkind: role\nmetadata: {name: b}\n`,
      "f.yaml, document 2, line 6, column 1: version: must be one",
    ],
    [
      `${role("a")}---\n# nothing\n---\n${role("a")}`,
      'f.yaml, document 2, line 8, column 1: role "a" is in document 1',
    ],
    [
      "kind: user\nversion: v2\nspec:\n  roles: [a]\n",
      "f.yaml, document 1, line 1, column 1: metadata.name: a name",
    ],
    [
      "kind: role\nversion: v7\nmetadata: {name: a}\nspec:\n  allow:\n    rules:\n      - resources: [a]\n        verb: [x]\n",
      'f.yaml, document 1, line 8, column 9: spec.allow.rules[0].verb: no such field; did you mean "verbs"?',
    ],
    [
      "kind: role\nversion: v7\nmetadata: &m {name: a}\nspec:\n  allow: &c {login: [x]}\n  deny: *c\n",
      'f.yaml, document 1, line 5, column 14: spec.allow.login: no such field; did you mean "logins"?',
    ],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => check(text),
      (error: Error) => {
        assert.ok(error.message.startsWith(message), `${error.message}\n${message}`);
        return true;
      },
    );
  }
});

test("a separator that is indented is named first", () => {
  const indented = `${user("a")}---\n${role("b")}`.replaceAll(/^/gm, "    ");
  assert.throws(
    () => check(indented),
    /^AppError: \S+, line \d: "---" separates documents only at the very start/,
  );
  assert.throws(
    () => check("a: [\n"),
    (error: Error) => !error.message.includes("---"),
  );
});

test("the mistakes of all documents come at once", () => {
  assert.throws(
    () => check(`kind: usr\n---\n${role("fine")}---\nkind: rle\n`),
    (error: Error) => {
      assert.deepEqual(
        error.message.split("\n").map((line) => line.slice(0, 18)),
        ["f.yaml, document 1", "f.yaml, document 3"],
      );
      return true;
    },
  );
});

test("empty documents and comments count for nothing", () => {
  assert.deepEqual(check(""), []);
  assert.deepEqual(check("# a remark\n---\n---\n# another\n"), []);
  assert.equal(check(`---\n${role("a")}...\n---\n${role("b")}`).length, 2);
  assert.equal(check(JSON.stringify({ kind: "role", version: "v7", metadata: { name: "a" } })).length, 1);
});

test("threat 38: bombs and depths are refused quickly", () => {
  const levels = Array.from(
    { length: 12 },
    (_, n) => `a${n + 1}: &a${n + 1} [${"*a? ".repeat(9).replaceAll("?", `${n},`)}1]`,
  );
  const bomb = `a0: &a0 [1]\n${levels.join("\n")}\n`;
  for (const text of [
    bomb,
    "[".repeat(50_000),
    `${"{a: ".repeat(500)}1${"}".repeat(500)}`,
    "a: ".repeat(3000),
  ]) {
    assert.throws(() => check(text), { reason: "BAD_PARAMETER" });
  }
  assert.throws(() => check(`# ${"x".repeat(5_000_000)}`), /f\.yaml is larger than 4 MiB/);
  assert.throws(() => check("---\n".repeat(10_002)), /more than 10000 documents/);
});

test("threat 38: a key cannot reach the prototype", () => {
  assert.throws(() => check(`${role("a")}__proto__: {polluted: true}\n`), { reason: "BAD_PARAMETER" });
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test("roles come before users, users before the rest, and the file decides within a kind", () => {
  const text = [lock, user("u2"), role("r2"), user("u1"), role("r1")].join("---\n");
  const ordered = orderResources(check(text)).map(({ resource, name }) => `${resource.kind}/${name}`);
  assert.deepEqual(ordered, ["role/r2", "role/r1", "user/u2", "user/u1", "lock/l"]);
});

test("every order of documents ends in one that satisfies references", () => {
  const documents = [role("a"), role("b"), user("c"), user("d"), lock];
  fc.assert(
    fc.property(fc.shuffledSubarray(documents, { minLength: documents.length }), (shuffled) => {
      const kinds = orderResources(check(shuffled.join("---\n"))).map(({ resource }) => resource.kind);
      assert.deepEqual(kinds, ["role", "role", "user", "user", "lock"]);
    }),
  );
});

test("whatever YAML is written is read again as it was", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "\n", " ", ":", "#", "\u001b", "\u0085", "\u202e", "'", '"', "-", "é", "\t"),
  });
  fc.assert(
    fc.property(fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text))), (value) => {
      const yaml = formatYamlDocument(value);
      assert.deepEqual(parse(yaml), JSON.parse(JSON.stringify(value)));
      assert.doesNotMatch(yaml.replaceAll("\n", ""), /\p{Cc}/u);
    }),
    { numRuns: 500 },
  );
});

test("what is printed can be created", () => {
  const logins = fc.array(fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed()));
  fc.assert(
    fc.property(logins, (words) => {
      const { message } = parseResource({
        kind: "role",
        version: "v7",
        metadata: { name: "r" },
        spec: { allow: { logins: words } },
      });
      const printed = formatYaml([formatResource("role", message as never)]);
      const [again] = check(printed);
      assert.deepEqual(
        formatResource("role", again!.resource.message as never),
        formatResource("role", message as never),
      );
    }),
  );
});

test("lists in JSON and YAML", () => {
  assert.equal(formatJson([], 4), "[]");
  assert.equal(formatYaml([]), "[]");
  assert.equal(formatJson([{ a: 1 }], 4), '[\n    {\n        "a": 1\n    }\n]\n');
  assert.equal(formatYaml([{ a: "yes" }, { a: "012" }]), 'a: "yes"\n---\na: "012"\n');
});

test("a list of resources, as JSON has it, is as many documents", () => {
  const one = (name: string) => ({ kind: "role", version: "v7", metadata: { name } });
  assert.deepEqual(
    check(JSON.stringify([one("a"), one("b")])).map(({ name, document }) => [name, document.number]),
    [
      ["a", 1],
      ["b", 2],
    ],
  );
  assert.equal(check(`${role("a")}---\n- ${JSON.stringify(one("b"))}\n`).length, 2);
  assert.throws(() => check(JSON.stringify([one("a"), { ...one("b"), spc: {} }], undefined, 1)), {
    message: 'f.yaml, document 2, line 15, column 3: spc: no such field; did you mean "spec"?',
  });
  assert.throws(() => check("[1, 2]"), /a resource is a mapping/);
});

test("a torrent of mistakes is cut short, and too much depth is called so", () => {
  assert.throws(() => check("[".repeat(20_000)), { message: "f.yaml, document 1: nested too deeply" });
  assert.throws(
    () => check(`a: 1\n${"b: 2\n".repeat(30)}`),
    (error: Error) => {
      const lines = error.message.split("\n");
      assert.equal(lines.length, 6);
      assert.equal(lines[5], "… and 24 more");
      return true;
    },
  );
});
