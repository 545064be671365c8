// What `npm test` runs after set-up: every test, from the sources. `npm test -- roles cli` runs those whose path has
// one of the words in it.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2);
const files = globSync(["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "tools/**/*.test.ts"], {
  cwd: root,
})
  .filter((path) => !path.startsWith("test/bench/"))
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .sort();
if (files.length === 0) {
  process.stderr.write(`no test file has ${words.join(" or ")} in its path\n`);
  process.exit(1);
}
const options = [
  "--conditions=sallyport-source",
  "--test",
  `--test-concurrency=${availableParallelism()}`,
  "--test-timeout=600000",
  "--test-reporter=spec",
  "--test-reporter-destination=stdout",
  // On CI nothing that is claimed may be skipped.
  ...(process.env.CI
    ? [`--test-reporter=${root}tools/check/no-skips.mjs`, "--test-reporter-destination=stderr"]
    : []),
];
// Hundreds of processes load the same sources: what one has stripped of types and compiled, the next ones find there.
const env = { ...process.env, NODE_COMPILE_CACHE: `${root}node_modules/.cache/compiled` };
const { status } = spawnSync(process.execPath, [...options, ...files], { cwd: root, stdio: "inherit", env });
process.exit(status ?? 1);
