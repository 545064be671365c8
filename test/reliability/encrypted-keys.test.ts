import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";

let daemon: Daemon;
let clear: string;

before(async () => {
  daemon = await startDaemon();
  clear = readFileSync(daemon.configFile, "utf8");
  writeFileSync(
    join(daemon.directory, "alice.yaml"),
    "kind: user\nversion: v2\nmetadata: { name: alice }\nspec: { roles: [access] }\n",
  );
  await tctl(daemon, ["create", "alice.yaml"]);
});
after(() => daemon[Symbol.asyncDispose]());

async function restart(section: string): Promise<void> {
  await daemon.stop();
  writeFileSync(daemon.configFile, `${clear}sallyport:\n  ca_key_encryption: ${section}\n`);
  daemon = await startDaemon({ directory: daemon.directory });
}

function keyFile(name: string): string {
  const path = join(daemon.directory, name);
  writeFileSync(path, randomBytes(32).toString("base64"), { mode: 0o600 });
  return path;
}

/** Files of the database that have a private key in them. */
const inClear = () => {
  const folder = join(daemon.dataDir, "backend");
  return readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes("PRIVATE KEY"));
};
const exported = () => tctl(daemon, ["auth", "export", "--type=user"]);

test("CA keys of a cluster are encrypted, under another key, and in clear again, and stay the same keys", async () => {
  const same = await exported();
  assert.notDeepEqual(inClear(), []);
  const [one, two] = [keyFile("one"), keyFile("two")];
  await restart(`{ under: { key_file: ${one} } }`);
  assert.deepEqual(inClear(), []);
  await tctl(daemon, ["auth", "sign", "--user=alice", "--format=tls", "--out=a"]);
  await tctl(daemon, ["auth", "sign", "--host=db.example.com", "--format=db", "--out=db"]);
  assert.deepEqual(inClear(), []);
  await restart(`{ under: { key_file: ${two} }, previous: { key_file: ${one} } }`);
  assert.equal(await exported(), same);
  await assert.rejects(
    restart(`{ under: { key_file: ${one} } }`),
    /key_file .*one is not what the CA keys are encrypted under\n.*Put back/,
  );
  await restart(`{ previous: { key_file: ${two} } }`);
  assert.equal(await exported(), same);
  assert.match(daemon.output(), /not encrypted any more/);
});
