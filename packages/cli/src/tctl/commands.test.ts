import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { apiVersion as spoken } from "@sallyport/api";
import { recordingTerminal } from "../testing/recording-terminal.ts";
import { commands, nouns } from "./commands.ts";
import { createProgram, findCommand } from "./program.ts";
import { renderTctlReference } from "./render-reference.ts";
import { runTctl } from "./run.ts";
import { apiVersion, ownVersion } from "./version.ts";

const verbs = await Promise.all(commands.map(({ load }) => load()));

const run = (...words: string[]) => runWith({}, ...words);

async function runWith(given: { answers?: string[]; workingDir?: string }, ...words: string[]) {
  const terminal = recordingTerminal(given.answers === undefined ? {} : { answers: given.answers });
  const around = { env: {}, workingDir: given.workingDir ?? "/", uid: 1, home: "/nowhere", now: () => 0 };
  await runTctl(words, { terminal, ...around });
  return { printed: terminal.printed(), exitCode: terminal.exitCode };
}

test("each file that defines a verb is in the list, under its own words", () => {
  const files = readdirSync(import.meta.dirname).filter(
    (file) =>
      !file.endsWith(".test.ts") &&
      /^export const \w+ = verb\b/m.test(readFileSync(join(import.meta.dirname, file), "utf8")),
  );
  assert.deepEqual(commands.map(({ path }) => `${path.join("-")}.ts`).toSorted(), files.toSorted());
  assert.deepEqual(
    verbs.map(({ path }) => path),
    commands.map(({ path }) => path),
  );
});

test("each noun and verb is named once, other names included", () => {
  const words = [
    ...nouns.flatMap(({ word, aliases = [] }) => [word, ...aliases]),
    ...verbs.flatMap(({ path, aliases = [] }) => (path.length === 1 ? [path[0], ...aliases] : [])),
  ];
  assert.equal(new Set(words).size, words.length);
});

test("each command has examples that begin with it and parse", async () => {
  for (const verb of verbs) {
    assert.ok(verb.examples.length > 0, verb.path.join(" "));
    for (const { line } of verb.examples)
      assert.match(line, new RegExp(`tctl ${verb.path.join(" ")}\\b`), line);
  }
});

test("help explains every command, at any depth", async () => {
  for (const { path, summary } of verbs) {
    for (const words of [
      ["help", ...path],
      [...path, "--help"],
    ]) {
      const { printed, exitCode } = await run(...words);
      assert.ok(printed.startsWith(`Usage: tctl ${path.join(" ")}`), printed);
      assert.ok(printed.includes(summary) && printed.includes("Examples:"), words.join(" "));
      assert.ok(!printed.includes("(default: [])"), words.join(" "));
      assert.equal(exitCode, 0);
    }
  }
  assert.equal((await run("help", "nothing")).exitCode, 2);
  const { printed } = await run("users", "--help");
  assert.match(printed, /Examples:\n {2}# .*\n {2}\$ tctl users add/);
});

test("a wrong command line ends with 2 and names the nearest word", async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [[], /Usage: tctl/],
    [["creat"], /unknown command 'creat'\n\(Did you mean create\?\)/],
    [["users", "ad"], /unknown command 'ad'/],
    [["get"], /missing required argument 'kinds'/],
    [["get", "users", "--formt", "json"], /unknown option '--formt'\n\(Did you mean --format\?\)/],
    [["get", "users", "--formt=json"], /unknown option '--formt'\n\(Did you mean --format\?\)/],
    [["help", "usres"], /there is no command usres; did you mean users\?/],
    [["get", "/alice"], /"\/alice" has no kind before the slash/],
    [["get", "users", "--format=xml"], /Allowed choices are text, json, yaml/],
    [["auth", "sign", "--user=a"], /required option '-o, --out <path>'/],
    [["auth", "sign", "--out=a"], /--format=file needs --user=NAME/],
    [["auth", "sign", "--out=a", "--format=openssh"], /name either --user or --host/],
    [["auth", "sign", "--out=a", "--format=openssh", "--user=a", "--host=b"], /name either --user or --host/],
    [["auth", "sign", "--out=a", "--user=a", "--host=b"], /name either --user or --host/],
    [["auth", "sign", "--out=", "--user=a"], /--out names no file/],
    [["auth", "sign", "--out=a", "--format=db"], /needs --host=NAME of the server, or --db-user=ACCOUNT/],
    [
      ["auth", "sign", "--out=.", "--format=tls", "--user=a"],
      /"\." is a folder; name the files too: --out=\.\/NAME/,
    ],
    [["auth", "sign", "--out=certs/", "--user=a"], /"certs\/" is a folder; .* --out=certs\/NAME/],
    [["auth", "sign", "--out=a", "--user=a", "--ttl=1x"], /--ttl "1x" is not a duration/],
    [["auth", "sign", "--out=a", "--user=a", "--ttl=-1h"], /--ttl "-1h" is not a duration/],
    [["lock"], /say what to lock/],
    [
      ["requests", "approve", "a", "b"],
      /too many arguments.*\nSeveral are written with commas: ONE,TWO\nTry --help/,
    ],
    [["edit", "a", "b"], /too many arguments.*\nTry --help/],
    [["lock", "--user=a", "--ttl=1h", "--expires=2026-01-31T12:00:00Z"], /either --expires or --ttl/],
    [["lock", "--user=a", "--expires=2026-01-31"], /--expires "2026-01-31" is not a time/],
    [["requests", "create", "a", "--resource=node"], /not of the form \/CLUSTER\/KIND\/NAME/],
    [["requests", "review", "id", "--author=a"], /either --approve or --deny/],
    [["requests", "approve", "id", "--annotations=x"], /not of the form KEY=VALUE/],
    [["requests", "ls", "--from=2026-01-31T12:00:00Z"], /go with --history/],
    [["users", "reset", "a", "--ttl=25h"], /at most 24h0m0s/],
    [["rm", "user"], /say which one: user\/NAME/],
    [["tokens", "add", "--type=nodes"], /--type "nodes" is none of/],
  ];
  for (const [words, message] of cases) {
    const { printed, exitCode } = await run(...words);
    assert.match(printed, message);
    assert.equal(exitCode, 2, words.join(" "));
  }
});

test("options of every command may stand before or after its words", async () => {
  for (const words of [
    ["--data-dir", "/none", "status"],
    ["status", "--data-dir=/none"],
    ["-i", "none.pem", "--auth-server", "a:1", "status"],
  ]) {
    const { printed, exitCode } = await run(...words);
    assert.match(printed, /none/);
    assert.equal(exitCode, 1);
  }
});

test("the versions are those of the packages", async () => {
  const packageJson = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  assert.equal(ownVersion, packageJson.version);
  assert.equal(apiVersion, spoken);
  const { printed } = await run("version");
  assert.match(printed, /^Sallyport tctl v0\.1\.0, API 18\.0\.0, node 24\./);
  assert.equal((await run("--version")).printed, printed);
});

test("the reference has every command and option", async () => {
  const page = await renderTctlReference();
  const program = createProgram(verbs, async () => undefined);
  for (const { path } of verbs) {
    assert.ok(page.includes(`\n## tctl ${path.join(" ")}\n`), path.join(" "));
    for (const { flags } of findCommand(program, path)?.options ?? [])
      assert.ok(page.includes(`\`${flags}\``), flags);
  }
});

test("files are replaced when a person says so, and nothing is asked of the cluster before", async () => {
  const workingDir = mkdtempSync(join(tmpdir(), "tctl-prompt-"));
  try {
    writeFileSync(join(workingDir, "a.key"), "old");
    const words = ["auth", "sign", "--format=tls", "--user=a", "--out=a"];
    const refused = await runWith({ workingDir, answers: [""] }, ...words);
    assert.match(
      refused.printed,
      /^a\.key: overwrite\? \[y\/N\] \ntctl: a\.key exists already\nWith --overwrite/,
    );
    assert.equal(refused.exitCode, 1);
    const agreed = await runWith({ workingDir, answers: ["y"] }, ...words);
    assert.match(agreed.printed, /no auth service has run/);
    mkdirSync(join(workingDir, "people"));
    for (const more of [[], ["--overwrite"]]) {
      const folder = await runWith({ workingDir }, "auth", "sign", "--user=a", "--out=people", ...more);
      assert.match(folder.printed, /^tctl: people is a folder; name a file in it: --out=people\/NAME/);
    }
    const unattended = await runWith({ workingDir }, ...words);
    assert.match(unattended.printed, /^tctl: a\.key exists already/);
  } finally {
    rmSync(workingDir, { recursive: true });
  }
});
