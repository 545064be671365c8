// Rules 2 to 5 of "Who may import whom" inside the server, which need resolved paths and know type imports apart.
// Rules 1 and 6 are Biome rules (biome.json).
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkServerImports } from "./server-imports.ts";

const root = join(import.meta.dirname, "../../packages/server/src");
const paths = globSync("**/*.ts", { cwd: root });
const files = paths.sort().map((path) => ({ path, source: readFileSync(join(root, path), "utf8") }));
const violations = checkServerImports(files);
for (const { path, line, rule, words } of violations) {
  console.error(`packages/server/src/${path}:${line}: import rule ${rule}: ${words}`);
}
if (violations.length > 0) process.exitCode = 1;
else console.log(`${files.length} files keep import rules 2 to 5`);
