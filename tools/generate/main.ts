/**
 * Recreates the `.proto` files and the generated code of `packages/api` from what is committed: the reduced
 * wire facts, the table of `EXTENSIONS.md`, our comments, and the hand-written files of `proto/sallyport`.
 *
 *     node tools/generate/main.ts            writes what differs
 *     node tools/generate/main.ts --check    writes nothing, fails on a difference
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { checkComments, loadComments } from "./comments.ts";
import { loadExtensions, withExtensions } from "./extensions.ts";
import { loadFacts } from "./facts.ts";
import { jsonNamesTypes, renderJsonNames } from "./json-names.ts";
import { applyTree, compareTree, type Drift, readTree, writeTree } from "./output.ts";
import { renderProtos } from "./render-proto.ts";

const root = join(import.meta.dirname, "../..");
const api = join(root, "packages/api");

type Outputs = { readonly protos: Map<string, string>; readonly gen: Map<string, string> };

function generate(work: string): Outputs {
  const extensions = loadExtensions();
  const facts = withExtensions(loadFacts(), extensions);
  const comments = loadComments();
  checkComments(comments, facts);
  const all = new Map(comments);
  for (const { message, field, meaning } of extensions) all.set(`${message}.${field.name}`, meaning);
  const protos = renderProtos(facts, all);
  say(`${protos.size} .proto files, ${Object.keys(facts.messages).length} messages`);
  writeTree(join(work, "proto"), protos);
  cpSync(join(api, "proto/sallyport"), join(work, "proto/sallyport"), { recursive: true });
  mkdirSync(join(work, "gen"));
  runBuf(work);
  const gen = readTree(join(work, "gen"));
  gen.set("json-names.js", renderJsonNames(facts));
  gen.set("json-names.d.ts", jsonNamesTypes);
  say(`${gen.size} generated files`);
  return { protos: below(protos, "teleport/"), gen };
}

function runBuf(work: string): void {
  const bin = join(root, "node_modules/.bin");
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
  const args = [
    "generate",
    join(work, "proto"),
    "--template",
    join(api, "buf.gen.yaml"),
    "-o",
    join(work, "gen"),
  ];
  execFileSync(join(bin, "buf"), args, { env, stdio: "inherit" });
}

/** Files of one folder, by their path in it. */
function below(files: ReadonlyMap<string, string>, folder: string): Map<string, string> {
  return new Map([...files].map(([path, text]) => [path.slice(folder.length), text]));
}

function settle(outputs: Outputs, check: boolean): Drift[] {
  const act = check ? compareTree : applyTree;
  return [
    ...act(join(api, "proto/teleport"), outputs.protos).map((d) => ({
      ...d,
      path: `proto/teleport/${d.path}`,
    })),
    ...act(join(api, "gen"), outputs.gen).map((d) => ({ ...d, path: `gen/${d.path}` })),
  ];
}

function say(text: string): void {
  process.stdout.write(`generate: ${text}\n`);
}

const check = process.argv.includes("--check");
const work = mkdtempSync(join(tmpdir(), "sallyport-generate-"));
try {
  const drifts = settle(generate(work), check);
  for (const drift of drifts) say(`${drift.change}: packages/api/${drift.path}`);
  if (check && drifts.length > 0) {
    say("what is committed differs from what `npm run generate` makes; run it and commit the result");
    process.exitCode = 1;
  }
  if (drifts.length === 0) say("nothing differs");
} finally {
  rmSync(work, { recursive: true });
}
