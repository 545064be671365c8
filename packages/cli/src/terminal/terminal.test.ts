import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "@sallyport/api";
import fc from "fast-check";
import { recordingTerminal } from "../testing/recording-terminal.ts";
import { UsageError } from "./exit-code.ts";
import { plainJson, plainLines, plainText, quoted } from "./plain-text.ts";
import { reportError } from "./report-error.ts";
import { formatFields, formatTable } from "./table.ts";

test("nothing that a server sends can move the cursor or turn the text", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["plain – ünïcode ✓", "plain – ünïcode ✓"],
    ["\u001b[31mred", "\\u001b[31mred"],
    ["a\nb\tc\rd", "a\\nb\\tc\\u000dd"],
    ["c1 \u009b31m", "c1 \\u009b31m"],
    ["\u202egnp.exe", "\\u202egnp.exe"],
    ["line\u2028end", "line\\u2028end"],
  ];
  for (const [hostile, shown] of cases) assert.equal(plainText(hostile), shown);
  assert.equal(plainLines("a\n\u0007b"), "a\n\\u0007b");
});

test("a name in quotes is escaped once, and what is plain stays", () => {
  assert.equal(quoted("alice"), '"alice"');
  assert.equal(quoted('a"b\\'), '"a\\"b\\\\"');
  assert.equal(quoted("a\u001b[31m\u202eb\n"), '"a\\u001b[31m\\u202eb\\n"');
});

test("JSON keeps its values and has no raw control character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const json = plainJson(JSON.stringify([text], undefined, 2));
      assert.deepEqual(JSON.parse(json), [text]);
      assert.doesNotMatch(json.replaceAll("\n", ""), /\p{Cc}/u);
    }),
  );
});

test("a table has a header, dashes and padded columns", () => {
  const table = {
    headers: ["User", "Roles"],
    rows: [
      ["alice", "access,reviewer"],
      ["bob\u001b", ""],
    ],
  };
  assert.equal(
    formatTable(table, 80),
    ["User      Roles", "--------- ---------------", "alice     access,reviewer", "bob\\u001b", ""].join(
      "\n",
    ),
  );
  assert.equal(formatTable({ headers: ["A"], rows: [] }, 80), "A\n-----\n");
});

test("the column that may give way does so where the terminal is narrow", () => {
  const table = { headers: ["User", "Roles"], rows: [["alice", "access,reviewer,auditor"]], shrink: "Roles" };
  const lines = formatTable(table, 20).split("\n");
  assert.deepEqual(lines, ["User  Roles", "----- -------------", "alice access,rev...", ""]);
  assert.match(formatTable(table, Number.POSITIVE_INFINITY), /auditor/);
});

test("a table may have very many rows", () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [`host-${index}`]);
  assert.equal(formatTable({ headers: ["Node"], rows }, 80).split("\n").length, rows.length + 3);
});

test("fields stand below each other", () => {
  assert.equal(
    formatFields([
      ["Token", "x"],
      ["By \u001b", "a\nb"],
    ]),
    "Token:     x\nBy \\u001b: a\\nb\n",
  );
});

test("errors say how to mend them and end with the right code", () => {
  const cases: readonly (readonly [unknown, number, RegExp])[] = [
    [new UsageError("name a user"), 2, /^tctl: name a user\nTry --help/],
    [new AppError("NOT_FOUND", "role x is not there"), 1, /^tctl: role x is not there$/],
    [new AppError("LOCKED", "locked out"), 1, /locked out\nA lock is in force/],
    [new AppError("ALREADY_EXISTS", "there", { details: { hint: "use -f" } }), 1, /there\nuse -f$/],
    [new AppError("INTERNAL", "no", { details: { requestId: "r1" } }), 1, /no \(request id r1\)/],
    [new Error("bad \u001b[2J"), 1, /^tctl: bad \\u001b\[2J$/],
    ["thrown text", 1, /^tctl: thrown text$/],
  ];
  for (const [error, code, words] of cases) {
    const terminal = recordingTerminal();
    reportError(terminal, error, false);
    assert.match(terminal.printed().trimEnd(), words);
    assert.equal(terminal.exitCode, code);
  }
});

test("--debug shows what lies behind an error, and only then", () => {
  const error = new AppError("UNAVAILABLE", "away", { cause: new Error("ECONNREFUSED deep down") });
  const quiet = recordingTerminal();
  reportError(quiet, error, false);
  assert.doesNotMatch(quiet.printed(), /ECONNREFUSED/);
  const loud = recordingTerminal();
  reportError(loud, error, true);
  assert.match(loud.printed(), /AppError UNAVAILABLE.*\n(.*\n)*caused by: Error: ECONNREFUSED deep down/);
});
