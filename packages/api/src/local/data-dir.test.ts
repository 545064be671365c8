import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configFilePath,
  type DataDirSources,
  dataDirPath,
  type LocalMachine,
  localPaths,
} from "./data-dir.ts";

const user: LocalMachine = { env: {}, uid: 1000, home: "/home/ann", workingDir: "/work" };
const root: LocalMachine = { ...user, uid: 0, home: "/root" };
const withEnv = { ...user, env: { SALLYPORT_DATA_DIR: "/env" } };

test("where the data directory is", () => {
  const cases: readonly (readonly [string, DataDirSources, LocalMachine, string])[] = [
    ["a user without a word", {}, user, "/home/ann/.local/state/sallyport"],
    ["root without a word", {}, root, "/var/lib/sallyport"],
    ["the file", { configured: "/file" }, user, "/file"],
    ["the file for root", { configured: "/file" }, root, "/file"],
    ["the environment before the file", { configured: "/file" }, withEnv, "/env"],
    [
      "a file that is named before the environment",
      { configured: "/file", isFileNamed: true },
      withEnv,
      "/file",
    ],
    ["the environment before a file without a word", { isFileNamed: true }, withEnv, "/env"],
    ["the command line before all", { named: "/arg", configured: "/file" }, withEnv, "/arg"],
    ["an empty word is none", { named: "", configured: "" }, user, "/home/ann/.local/state/sallyport"],
    ["a relative path", { named: "data" }, user, "/work/data"],
  ];
  for (const [name, sources, machine, path] of cases) assert.equal(dataDirPath(sources, machine), path, name);
});

test("which file is read", () => {
  const inEnv = { ...user, env: { TELEPORT_CONFIG_FILE: "env.yaml" } };
  assert.equal(configFilePath(undefined, user), undefined);
  assert.equal(configFilePath(undefined, inEnv), "/work/env.yaml");
  assert.equal(configFilePath("/etc/s.yaml", inEnv), "/etc/s.yaml");
  assert.equal(configFilePath("", { ...user, env: { TELEPORT_CONFIG_FILE: "" } }), undefined);
});

test("what the daemon leaves for tctl lies in the data directory", () => {
  for (const path of Object.values(localPaths("/d"))) assert.match(path, /^\/d\/[a-z.-]+$/);
});
