// What `npm run check` runs after set-up, quickest first; the first step that fails ends it with its output.
// With --without-tests the tests are left to `npm test`, as CI does.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const steps = [
  {
    name: "format and lint",
    options: ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."],
  },
  { name: "import rules", options: ["tools/check/import-rules.ts"] },
  { name: "types", options: ["node_modules/typescript/bin/tsc", "-p", "tsconfig.tests.json", "--noEmit"] },
  { name: "generated code", options: ["tools/generate/main.ts", "--check"] },
  { name: "reference docs", options: ["tools/docs/main.ts", "--check"] },
  { name: "tests", options: ["tools/test.mjs"] },
];

const withoutTests = process.argv.includes("--without-tests");
const rows = [];
let failed = false;
for (const { name, options } of steps) {
  if (withoutTests && name === "tests") continue;
  if (!existsSync(join(root, options[0]))) {
    rows.push([name, "absent", options[0]]);
    continue;
  }
  const begun = performance.now();
  const { status, output } = run(options);
  rows.push([name, status === 0 ? "ok" : "FAILED", `${((performance.now() - begun) / 1000).toFixed(1)} s`]);
  if (name === "tests" || status !== 0) process.stdout.write(status === 0 ? closingLines(output) : output);
  if (status !== 0) {
    failed = true;
    break;
  }
}
process.stdout.write(
  `\n${rows.map(([name, result, time]) => `${name.padEnd(18)}${result.padEnd(9)}${time}`).join("\n")}\n`,
);
process.exit(failed ? 1 : 0);

function run(options) {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, options, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  return { status: status ?? 1, output: `${stdout}${stderr}` };
}

/** The summary that the test runner ends with. */
function closingLines(output) {
  return output.slice(Math.max(0, output.search(/^ℹ tests /m)));
}
