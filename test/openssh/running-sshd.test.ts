import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";
import { account, logIn, needsSshd, SshdHost, sallyport } from "./sshd-host.ts";

let daemon: Daemon;
before(async () => {
  daemon = await startDaemon();
});
after(() => daemon[Symbol.asyncDispose]());

const openssh = (verb: string, ...more: readonly string[]) =>
  sallyport(["openssh", verb, "--data-dir", daemon.dataDir, ...more]);

async function assertDone(verb: string, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await openssh(verb, ...more);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Credentials of a user with these logins, in the folder of the host. */
async function credentials(host: SshdHost, name: string, login: string) {
  const file = host.write(
    `${name}.yaml`,
    `kind: role
version: v7
metadata: { name: ${name} }
spec: { allow: { logins: [${JSON.stringify(login)}] } }
---
kind: user
version: v2
metadata: { name: ${name} }
spec: { roles: [${name}] }
`,
  );
  await tctl(daemon, ["create", "-f", file]);
  const key = join(host.directory, name);
  await tctl(daemon, ["auth", "sign", "--format=openssh", `--user=${name}`, `--out=${key}`]);
  const knownHosts = join(host.directory, "known_hosts");
  await assertDone("setup-client", "--known-hosts", knownHosts, "--hosts", "127.0.0.1");
  return { key, knownHosts };
}

test(
  "the running sshd takes it up with --reload and forgets it with --undo --reload",
  needsSshd,
  async () => {
    await using host = await SshdHost.make();
    await host.start();
    const who = await credentials(host, "runner", account);
    const where = ["--sshd-config", host.configFile, "--host", "127.0.0.1"];
    const codes = async () => (await logIn(host, who)).code;
    assert.equal(await codes(), 255, "neither the host nor the user is known yet");
    await assertDone("setup-host", ...where);
    assert.equal(await codes(), 255, "nothing is taken up before a reload");
    assert.match(await assertDone("setup-host", ...where, "--reload"), /has read its configuration anew/);
    assert.equal(await codes(), 0, host.log);
    await assertDone("setup-host", ...where, "--undo");
    // Until it is told, sshd goes on as it was: neither is everybody locked out, nor a revoked key let in.
    assert.equal(existsSync(join(host.folder, "revoked_keys")), true);
    assert.doesNotMatch(host.log, /revoked keys|Error checking/i);
    await assertDone("setup-host", ...where, "--undo", "--reload");
    assert.equal(existsSync(host.folder), false);
    assert.deepEqual(readdirSync(host.configDir), []);
    assert.equal(await codes(), 255);
  },
);

test("--reload signals no stranger, and says so where no sshd runs", needsSshd, async () => {
  await using host = await SshdHost.make();
  const where = ["--sshd-config", host.configFile, "--host", "127.0.0.1", "--reload"];
  const none = await openssh("setup-host", ...where);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /no sshd runs by .*sshd_config/);
  host.write("sshd.pid", `${process.pid}\n`);
  const stranger = await openssh("setup-host", ...where);
  assert.match(stranger.stderr, /no sshd runs by .*sshd_config/);
});

test("--allow: an account opens for the principals that are listed and for no other", needsSshd, async () => {
  await using host = await SshdHost.make();
  const ops = await credentials(host, "operator", "ops");
  const own = await credentials(host, "namesake", account);
  const where = ["--sshd-config", host.configFile, "--host", "127.0.0.1"];
  await assertDone("setup-host", ...where, "--allow", `${account}=ops,web`);
  await host.start();
  assert.equal((await logIn(host, ops)).code, 0, host.log);
  assert.equal((await logIn(host, own)).code, 255);
  await host.logged("Certificate does not contain an authorized principal");
  // An account that is no longer listed is closed, not open to its name.
  const said = await assertDone("setup-host", ...where, "--allow", "nobody=web");
  assert.match(said, /removed: .*principals/);
  assert.equal((await logIn(host, ops)).code, 255);
});

test(
  "setup-client: one line for each key, whatever is run how often, and gone after --undo",
  needsSshd,
  async () => {
    await using host = await SshdHost.make();
    const others =
      "# mine\n\ngithub.example ssh-ed25519 AAAA broken line\r\n@cert-authority * ssh-rsa AAAA else";
    const file = host.write("known_hosts", others);
    await assertDone("setup-client", "--known-hosts", file);
    const [line] = readFileSync(file, "utf8").match(/^@cert-authority one\.example.*$/gm) ?? [];
    assert.match(
      line ?? "",
      /^@cert-authority one\.example,\*\.one\.example ssh-\S+ \S+ sallyport-cluster=one\.example$/,
    );
    assert.match(await assertDone("setup-client", "--known-hosts", file), /already/);
    await assertDone("setup-client", "--known-hosts", file, "--hosts", "*.db.example,10.0.0.?");
    const text = readFileSync(file, "utf8");
    assert.equal(text.match(/sallyport-cluster/g)?.length, 1);
    assert.match(text, /^@cert-authority \*\.db\.example,10\.0\.0\.\? /m);
    assert.match(await assertDone("setup-client", "--known-hosts", file, "--undo"), /removed/);
    assert.equal(readFileSync(file, "utf8"), `${others}\n`);
    assert.match(await assertDone("setup-client", "--known-hosts", file, "--undo"), /no such line/);
  },
);

test("threat 34: host patterns with other characters get into no known_hosts", needsSshd, async () => {
  await using host = await SshdHost.make();
  const file = join(host.directory, "known_hosts");
  for (const pattern of ["a b", "$(id)", "-x", "a\nb", "a;b", "!a", "@revoked", ""]) {
    const { code } = await openssh("setup-client", "--known-hosts", file, "--hosts", pattern);
    assert.equal(code, 2, JSON.stringify(pattern));
  }
  assert.equal(existsSync(file), false);
});
