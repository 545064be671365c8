import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AppError } from "@sallyport/api";
import fc from "fast-check";
import * as expressions from "./index.ts";

const parsers = [
  expressions.parseRuleWhere,
  expressions.parseImpersonateWhere,
  expressions.parseReviewWhere,
  expressions.parseThresholdFilter,
  expressions.parseLabelExpression,
  expressions.parseResourceFilter,
] as const;

const isRefusal = (error: unknown) => error instanceof AppError && error.reason === "BAD_PARAMETER";

const resourceEnv = { labels: {}, name: "web-1", resource: { kind: "node" } };
const reviewer = { roles: [], traits: {} };

describe("messages", () => {
  const rows: readonly [string, number, number, RegExp][] = [
    ['contain(labels["env"], "x")', 1, 1, /did you mean "contains"/],
    ['contains(label["env"], "x")', 1, 10, /did you mean "labels"/],
    ['labels.env == "a" &&\n  contains(user.spec.trait["x"], "y")', 2, 12, /did you mean "user.spec.traits"/],
    ['labels.env == "a" &&\n  regexp.match(labels.env, "^(a$")', 2, 28, /regular expression/],
    ["labels.env = `x`", 1, 12, /==/],
    ["labels.env == ", 1, 15, /missing/],
    ['"é💥" == labels.env )', 1, 20, /should end/],
    ["", 1, 1, /empty/],
  ];
  for (const [text, line, column, words] of rows) {
    it(`${JSON.stringify(text)} is refused at ${line}:${column}`, () => {
      assert.throws(
        () => expressions.parseLabelExpression(text),
        (error) => {
          assert.ok(error instanceof AppError);
          assert.equal(error.reason, "BAD_PARAMETER");
          assert.deepEqual([error.details.line, error.details.column], [line, column], error.message);
          assert.match(error.message, words);
          return true;
        },
      );
    });
  }
});

describe("threat 9: hostile expressions", () => {
  const hostile: readonly [string, string][] = [
    ["10,000 parentheses", `${"(".repeat(10_000)}name${")".repeat(10_000)}`],
    ["4,000 parentheses", `${"(".repeat(4000)}name${")".repeat(4000)}`],
    ["8,000 exclamation marks", `${"!".repeat(8000)}exists(name)`],
    ["8,000 brackets", "labels[".repeat(1000)],
    ["nested calls", `${"exists(".repeat(1000)}name${")".repeat(1000)}`],
    ["a long chain", `name${".a".repeat(3000)} == "x"`],
    ["many arguments", `search(${'"a",'.repeat(1500)}"a")`],
    ["a megabyte", `name == "${"a".repeat(1_000_000)}"`],
    ["an open text", `name == "${"\\\\".repeat(4000)}`],
  ];
  for (const [name, text] of hostile) {
    it(`${name} are refused at once`, () => {
      const start = performance.now();
      assert.throws(() => expressions.parseResourceFilter(text), isRefusal);
      assert.ok(performance.now() - start < 500);
    });
  }

  it("a long flat chain runs without using the stack", () => {
    const text = Array.from({ length: 700 }, () => 'name=="a"').join("||");
    assert.equal(expressions.parseResourceFilter(text).evaluate(resourceEnv), false);
  });

  it("a regular expression that is exponential elsewhere is linear here", () => {
    const predicate = expressions.parseReviewWhere('regexp.match(request.reason, "^(a+)+$")');
    const request = { roles: [], reason: `${"a".repeat(20_000)}!`, systemAnnotations: {} };
    const start = performance.now();
    assert.equal(predicate.evaluate({ reviewer, request }), false);
    assert.ok(performance.now() - start < 2000);
  });

  it("a short text cannot ask for an endless result", () => {
    const text = `contains(regexp.replace(labels.env, "", "${"x".repeat(4000)}"), "y")`;
    const env = { labels: { env: "a".repeat(5000) }, user: { traits: {} } };
    const predicate = expressions.parseLabelExpression(text);
    assert.throws(() => predicate.evaluate(env), isRefusal);
  });
});

describe("any text", () => {
  const word = fc.constantFrom(
    ..."( ) [ ] , . && || ! == != \" ` ' \\ labels user spec traits name resource contains equals env".split(
      " ",
    ),
    ' "a" ',
    "\n",
    "regexp.match(",
    "é",
    "💥",
    "\ud800",
    "1",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(word, { maxLength: 40 }).map((w) => w.join("")),
  );

  it("is parsed, or refused with a position", () => {
    fc.assert(
      fc.property(text, (candidate) => {
        for (const parse of parsers) {
          try {
            parse(candidate);
          } catch (error) {
            assert.ok(isRefusal(error), String(error));
            const { line, column } = (error as AppError).details;
            assert.ok(Number(line) >= 1 && Number(column) >= 1);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("means what its parts mean: && binds tighter than ||, ! tightest", () => {
    type Tree = { text: string; value: boolean };
    const { tree } = fc.letrec<{ tree: Tree; leaf: Tree }>((tie) => ({
      leaf: fc.boolean().map((value) => ({ text: `name == "${value ? "web-1" : "x"}"`, value })),
      tree: fc.oneof(
        { depthSize: "small" },
        tie("leaf"),
        tie("tree").map((inner) => ({ text: `!(${inner.text})`, value: !inner.value })),
        fc.tuple(tie("tree"), tie("tree")).map(([left, right]) => ({
          text: `(${left.text}) || ${bracket(right)}`,
          value: left.value || right.value,
        })),
        fc.tuple(tie("leaf"), tie("leaf"), tie("leaf")).map(([a, b, c]) => ({
          text: `${a.text} || ${b.text} && ${c.text}`,
          value: a.value || (b.value && c.value),
        })),
      ),
    }));
    const bracket = (part: Tree) => `(${part.text})`;
    fc.assert(
      fc.property(tree, ({ text: expression, value }) => {
        assert.equal(expressions.parseResourceFilter(expression).evaluate(resourceEnv), value);
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same object for the same text", () => {
    const first = expressions.parseRuleWhere('equals(name, "same")');
    assert.equal(expressions.parseRuleWhere('equals(name, "same")'), first);
    assert.equal(first.text, 'equals(name, "same")');
  });
});
