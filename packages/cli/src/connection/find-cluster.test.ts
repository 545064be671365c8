import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { localPaths } from "@sallyport/api/node";
import { findCluster, findDataDir } from "./find-cluster.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tctl-find-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const machine = (env: Record<string, string> = {}) => ({
  env,
  uid: 1000,
  home: join(folder, "home"),
  workingDir: folder,
});

test("the data directory is that of the daemon with the same words", async () => {
  const config = join(folder, "sp.yaml");
  await writeFile(config, "version: v3\nteleport: {data_dir: there}\n");
  const cases = [
    [{}, {}, join(folder, "home/.local/state/sallyport")],
    [{ config: "sp.yaml" }, {}, join(folder, "there")],
    [{}, { TELEPORT_CONFIG_FILE: config }, join(folder, "there")],
    [{ config: "sp.yaml" }, { SALLYPORT_DATA_DIR: "/env" }, join(folder, "there")],
    [{}, { SALLYPORT_DATA_DIR: "/env", TELEPORT_CONFIG_FILE: config }, "/env"],
    [{ config: "sp.yaml", dataDir: "named" }, { SALLYPORT_DATA_DIR: "/env" }, join(folder, "named")],
  ] as const;
  for (const [options, env, dataDir] of cases) {
    assert.equal(await findDataDir(options, machine({ ...env })), dataDir);
  }
});

test("a configuration file that cannot be read says why", async () => {
  await assert.rejects(findDataDir({ config: "none.yaml" }, machine()), /none\.yaml is not there/);
  await writeFile(join(folder, "bad.yaml"), "a: [");
  await assert.rejects(findDataDir({ config: "bad.yaml" }, machine()), /bad\.yaml is not YAML/);
});

test("an identity that is named comes first and needs an address", async () => {
  const env = { TELEPORT_IDENTITY_FILE: "env.pem", TELEPORT_AUTH_SERVER: "a:1, b:2" };
  const named = await findCluster({ identity: "named.pem", authServer: ["c:3"] }, machine(env));
  assert.deepEqual(named.addresses, ["c:3"]);
  assert.deepEqual(named.credentials.files[0], join(folder, "named.pem"));
  const fromEnv = await findCluster({}, machine(env));
  assert.deepEqual(fromEnv.addresses, ["a:1", "b:2"]);
  await assert.rejects(findCluster({ identity: "x.pem" }, machine()), { name: "UsageError" });
});

test("without a daemon it says how to start one", async () => {
  await assert.rejects(
    findCluster({ dataDir: "empty" }, machine()),
    (error: Error & { details?: { hint?: string } }) => {
      assert.match(error.message, /no auth service has run/);
      assert.match(String(error.details?.hint), /npm start.*--identity FILE --auth-server HOST:PORT/);
      return true;
    },
  );
});

test("an identity of somebody else says how to mend it", async () => {
  const dataDir = join(folder, "locked");
  await mkdir(dataDir);
  await writeFile(localPaths(dataDir).authAddress, "127.0.0.1:3025\n");
  await writeFile(localPaths(dataDir).adminIdentity, "");
  await chmod(localPaths(dataDir).adminIdentity, 0);
  const denied = (error: Error & { details?: { hint?: string } }) => {
    assert.match(error.message, /may not be read by this user/);
    assert.match(String(error.details?.hint), /--identity FILE --auth-server HOST:PORT/);
    return true;
  };
  await asSomebodyElse(() => assert.rejects(findCluster({ dataDir }, machine()), denied));
});

/** Root may read everything, so for the time being it is not root. */
async function asSomebodyElse(act: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
