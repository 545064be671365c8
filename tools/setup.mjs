// Brings a clone to the point where it runs: dependencies as locked, and with --build the compiled packages.
// Runs on any Node from 18 and uses only what Node has built in; everything after it runs on the project's Node.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const stamp = join(modules, ".sallyport-lock");

installIfStale();
if (process.argv.includes("--build")) build(projectNode());

function installIfStale() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (readIfThere(stamp) === wanted) return;
  if (!installedAsLocked()) {
    say("installing what is missing (npm ci) …");
    npmCi();
  }
  writeFileSync(stamp, wanted);
}

/** True where somebody ran npm by hand: every package that npm noted down has the locked version. */
function installedAsLocked() {
  const noted = readIfThere(join(modules, ".package-lock.json"));
  if (noted === undefined) return false;
  const installed = JSON.parse(noted).packages;
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(locked).every(([path, entry]) => {
    if (!path.startsWith("node_modules/")) return true;
    const found = installed[path];
    return found === undefined
      ? entry.optional === true || entry.peer === true
      : found.integrity === entry.integrity;
  });
}

function npmCi() {
  const options = ["ci", "--include=dev", "--include=optional", "--loglevel=error"];
  // The npm that runs us, on the Node that runs it; node_modules/.bin leaves PATH because npm is about to delete it.
  const bin = join(modules, ".bin");
  const path = (process.env.PATH ?? "").split(delimiter).filter((part) => part !== bin);
  const env = { ...process.env, PATH: path.join(delimiter), NODE_ENV: "development" };
  const npm = process.env.npm_execpath;
  const node = process.env.npm_node_execpath;
  const asScript =
    npm?.endsWith(".js") && node !== undefined && existsSync(node) && !node.startsWith(modules);
  run(asScript ? node : "npm", asScript ? [npm, ...options] : options, { env });
}

/** The Node that the lock file brings, or the running one where it is new enough. */
function projectNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const node = join(require.resolve(`${name}/package.json`), "..", "bin", "node");
    if (spawnSync(node, ["--version"]).status === 0) return node;
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
  }
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  fail(
    `this machine has Node ${process.versions.node}, Sallyport needs 24 or newer, and there is no Node package for\n` +
      `${process.platform}-${process.arch} to bring it along. Install Node 24 from your system, then run the command again.`,
  );
}

function build(node) {
  const packages = readdirSync(join(root, "packages")).map((name) => join("packages", name));
  const projects = packages.filter((path) => existsSync(join(root, path, "tsconfig.json")));
  if (!existsSync(join(root, "packages/server/dist/.tsbuildinfo"))) say("building …");
  run(node, [join(modules, "typescript/bin/tsc"), "-b", ...projects], {});
}

function run(command, options, settings) {
  const { status, error } = spawnSync(command, options, { cwd: root, stdio: "inherit", ...settings });
  if (error !== undefined) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function say(text) {
  process.stderr.write(`sallyport: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
