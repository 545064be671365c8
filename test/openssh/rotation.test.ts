import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, fromIdentityFile, type NodeClient } from "@sallyport/api/node";
import { systemClock } from "../../packages/server/src/kernel/clock.ts";
import { opensshCommand } from "../../packages/server/src/openssh/index.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";
import { account, logIn, needsSshd, SshdHost } from "./sshd-host.ts";

let daemon: Daemon;
let host: SshdHost;
let admin: NodeClient;
let knownHosts: string;

before(async () => {
  if (needsSshd.skip !== false) return;
  daemon = await startDaemon();
  const credentials = fromIdentityFile(readFileSync(daemon.adminIdentity, "utf8"));
  admin = await connect({ address: daemon.address, credentials });
  host = await SshdHost.make();
  knownHosts = join(host.directory, "known_hosts");
  const text = `kind: role
version: v7
metadata: { name: shell }
spec: { allow: { logins: [${JSON.stringify(account)}] } }
---
kind: user
version: v2
metadata: { name: alice }
spec: { roles: [shell] }
`;
  await tctl(daemon, ["create", host.write("alice.yaml", text)]);
  await host.start();
});
after(async () => {
  await admin?.close();
  await host?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
});

/** In this process, which has everything loaded: other tests start the program itself. */
async function openssh(verb: string, ...more: readonly string[]): Promise<void> {
  const said: string[] = [];
  const cluster = ["--identity", daemon.adminIdentity, "--auth-server", daemon.address];
  const code = await opensshCommand([verb, ...cluster, ...more], {
    machine: { env: {}, uid: process.getuid?.(), home: host.directory, workingDir: host.directory },
    hostName: "db1",
    program: [],
    clock: systemClock,
    print: () => {},
    note: (text) => said.push(text),
  });
  assert.equal(code, 0, said.join("\n"));
}

/** What the administrators of the server and of the client do after each step. */
async function takeUp(): Promise<void> {
  await Promise.all([
    openssh("setup-host", "--sshd-config", host.configFile, "--host", "127.0.0.1", "--reload"),
    openssh("setup-client", "--known-hosts", knownHosts, "--hosts", "127.0.0.1"),
  ]);
}

const rotate = (type: string, targetPhase: string) =>
  admin.trust.rotateCertAuthority({ type, targetPhase, mode: "manual" });

async function sign(name: string): Promise<string> {
  const key = join(host.directory, name);
  await tctl(daemon, ["auth", "sign", "--format=openssh", "--user=alice", `--out=${key}`]);
  return key;
}

async function assertIn(...keys: readonly string[]): Promise<void> {
  await Promise.all(
    keys.map(async (key) => {
      const { code, stderr } = await logIn(host, { key, knownHosts });
      assert.equal(code, 0, `${key}: ${stderr}\n${host.log}`);
    }),
  );
}

const keysOf = (path: string) => host.read(path).trim().split("\n").length;

test("the user authority is replaced and nobody is refused who should not be", needsSshd, async () => {
  await takeUp();
  const old = await sign("old");
  await assertIn(old);
  await rotate("user", "init");
  await assertIn(old);
  await takeUp();
  assert.equal(keysOf("sallyport/user_ca.pub"), 2);
  await rotate("user", "update_clients");
  const next = await sign("next");
  await assertIn(old, next);
  await rotate("user", "update_servers");
  await takeUp();
  await assertIn(old, next);
  await rotate("user", "standby");
  await takeUp();
  assert.equal(keysOf("sallyport/user_ca.pub"), 1);
  await assertIn(next);
  assert.equal((await logIn(host, { key: old, knownHosts })).code, 255);
});

test("a rotation that is taken back leaves everybody as they were", needsSshd, async () => {
  await takeUp();
  const before = host.read("sallyport/user_ca.pub");
  const kept = await sign("kept");
  await rotate("user", "init");
  await takeUp();
  await rotate("user", "update_clients");
  const early = await sign("early");
  await assertIn(kept, early);
  await rotate("user", "rollback");
  await takeUp();
  await assertIn(kept, early, await sign("after"));
  await rotate("user", "standby");
  await takeUp();
  assert.equal(host.read("sallyport/user_ca.pub"), before);
  await assertIn(kept);
  assert.equal((await logIn(host, { key: early, knownHosts })).code, 255);
});

test("the host authority is replaced while clients know both, then only the new one", needsSshd, async () => {
  await takeUp();
  const key = await sign("visitor");
  const lines = () => readFileSync(knownHosts, "utf8").match(/^@cert-authority/gm)?.length;
  await rotate("host", "init");
  await takeUp();
  assert.equal(lines(), 2);
  await assertIn(key);
  const stale = join(host.directory, "stale_known_hosts");
  await rotate("host", "update_clients");
  await takeUp();
  await assertIn(key);
  await rotate("host", "update_servers");
  await takeUp();
  await assertIn(key);
  copyFileSync(knownHosts, stale);
  await rotate("host", "standby");
  await takeUp();
  assert.equal(lines(), 1);
  await assertIn(key);
  // Whoever still knows both is not cut off either.
  assert.equal((await logIn(host, { key, knownHosts: stale })).code, 0);
});
