import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, test } from "node:test";

const root = join(import.meta.dirname, "../..");
const from = (specifier: string) => `import { x } from "${specifier}";\n\nexport const y = x;\n`;
const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => `export const a${n} = ${n};\n`).join("");
const longFunction = `export function long(): number {\n  let a = 0;\n${"  a += 1;\n".repeat(50)}  return a;\n}\n`;
const anyType = "export function f(x: any): void {\n  console.log(x);\n}\n";

const refused: readonly (readonly [string, string, RegExp])[] = [
  ["packages/x509/src/a.ts", from("@sallyport/api"), /Import rule 1/],
  ["packages/ssh/src/a.ts", from("@sallyport/x509"), /Import rule 1/],
  ["packages/api/src/a.ts", from("@sallyport/server"), /Import rule 1/],
  ["packages/cli/src/a.ts", from("@sallyport/server"), /Import rule 1/],
  ["packages/cli/src/b.ts", from("@sallyport/testkit"), /Import rule 1/],
  ["packages/cli/src/c.ts", from("@sallyport/api/gen/a_pb"), /Import rule 5/],
  ["packages/plugins/chat/a.ts", from("@sallyport/x509"), /Import rule 1/],
  ["packages/web/a.ts", from("@sallyport/server"), /Import rule 1/],
  ["examples/a.ts", from("@sallyport/testkit"), /Import rule 1/],
  ["packages/server/src/roles/a.ts", from("@sallyport/testkit"), /Import rule 1/],
  ["packages/server/src/rpc/transport/a.ts", from("@sallyport/cli"), /Import rule 1/],
  ["packages/server/src/rpc/pipeline/a.ts", from("@grpc/grpc-js"), /Only rpc\/transport/],
  ["packages/server/src/roles/b.ts", "export const a = process.env.HOME;\n", /Do not use 'process\.env'/],
  ["packages/server/src/roles/c.ts", "export const a = Date.now();\n", /Do not use 'Date\.now'/],
  ["packages/server/src/main.ts", "export const a = Math.random();\n", /Do not use 'Math\.random'/],
  ["packages/server/src/roles/d.ts", lines(401), /noExcessiveLinesPerFile/],
  ["packages/server/src/roles/e.ts", longFunction, /noExcessiveLinesPerFunction/],
  ["packages/server/src/roles/fooBar.ts", "export const a = 1;\n", /useFilenamingConvention/],
  ["packages/server/src/roles/f.ts", anyType, /noExplicitAny/],
  ["packages/server/src/roles/g.ts", "export default 1;\n", /noDefaultExport/],
  ["packages/server/src/roles/h.ts", "export enum A {\n  b = 1,\n}\n", /noEnum/],
  ["packages/server/src/roles/i.ts", 'export { j } from "./j.ts";\n', /noImportCycles/],
  [
    "packages/server/src/roles/j.ts",
    'import { j as k } from "./i.ts";\n\nexport const j = () => k;\n',
    /noImportCycles/,
  ],
];

const allowed: readonly (readonly [string, string])[] = [
  ["packages/cli/src/d.ts", from("@sallyport/api")],
  ["packages/cli/src/d.test.ts", from("@sallyport/testkit")],
  ["packages/server/src/rpc/transport/b.ts", from("@grpc/grpc-js")],
  ["packages/server/src/kernel/a.ts", "export const a = Date.now() + Math.random();\n"],
  ["packages/server/src/config/a.ts", "export const a = process.env.HOME;\n"],
  ["packages/server/src/roles/k.test.ts", "export const a = Date.now();\n"],
  ["packages/server/src/roles/l.ts", lines(400)],
];

let diagnostics: ReadonlyMap<string, string>;
let folder: string;

before(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-biome-")));
  const config = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
  write("biome.json", JSON.stringify({ ...config, vcs: { enabled: false } }));
  for (const [path, source] of [...refused, ...allowed]) write(path, source);
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const options = [biome, "lint", "--max-diagnostics=none", "--reporter=github", "."];
  const { stdout } = spawnSync(process.execPath, options, { cwd: folder, encoding: "utf8" });
  const byFile = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const path = relative(folder, /file=([^,]+)/.exec(line)?.[1] ?? folder);
    byFile.set(path, `${byFile.get(path) ?? ""}${line}\n`);
  }
  diagnostics = byFile;
});

after(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, source: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), source);
}

for (const [path, , pattern] of refused) {
  test(`${path}: ${pattern.source}`, () => assert.match(String(diagnostics.get(path)), pattern));
}

for (const [path] of allowed) {
  test(`${path}: nothing to say`, () => assert.equal(diagnostics.get(path), undefined));
}
