import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";
import { account, type Ended, ended, freePort, logIn, needsSshd, SshdHost, sallyport } from "./sshd-host.ts";

const READY_MS = 10_000;
const isThere = (name: string) =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"].some((folder) =>
    existsSync(join(folder, name)),
  );
const isMissing = !process.env.CI && !["dbclient", "dropbearconvert", "dropbear"].every(isThere);
const needsDropbear = {
  skip: needsSshd.skip || (isMissing ? "dbclient is not installed (dropbear-bin)" : false),
};

const alice = `kind: role
version: v7
metadata: { name: shell }
spec: { allow: { logins: [${JSON.stringify(account)}] } }
---
kind: user
version: v2
metadata: { name: alice }
spec: { roles: [shell] }
`;

// Dropbear reads no certificates, neither as client nor as server. A host that was set up for them still serves it.
describe("dropbear", { ...needsDropbear, timeout: 60_000 }, () => {
  let daemon: Daemon;
  let host: SshdHost;
  let home: string;

  before(async () => {
    daemon = await startDaemon();
    host = await SshdHost.make();
    const first = `AuthorizedKeysFile ${join(host.directory, "authorized_keys")}\nInclude ${host.configDir}/*.conf`;
    writeFileSync(host.configFile, host.configText(first));
    const where = ["--data-dir", daemon.dataDir, "--sshd-config", host.configFile, "--host", "127.0.0.1"];
    await mustWork(sallyport(["openssh", "setup-host", ...where]));
    await tctl(daemon, ["create", host.write("alice.yaml", alice)]);
    await tctl(daemon, [
      "auth",
      "sign",
      "--format=openssh",
      "--user=alice",
      `--out=${join(host.directory, "alice")}`,
    ]);
    await mustWork(
      ended("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(host.directory, "plain")]),
    );
    host.write("authorized_keys", host.read("plain.pub"));
    home = join(host.directory, "home");
    mkdirSync(join(home, ".ssh"), { recursive: true });
    for (const name of ["alice", "plain"]) {
      const key = join(host.directory, name);
      await mustWork(ended("dropbearconvert", ["openssh", "dropbear", key, `${key}.db`]));
    }
    await host.start();
  });
  after(async () => {
    await host?.[Symbol.asyncDispose]();
    await daemon?.[Symbol.asyncDispose]();
  });

  async function mustWork(ending: Promise<Ended>): Promise<void> {
    const { code, stderr } = await ending;
    assert.equal(code, 0, stderr);
  }

  const know = (line: string) => writeFileSync(join(home, ".ssh/known_hosts"), `${line}\n`);
  const hostKey = () => host.read("ssh_host_ed25519_key.pub").split(" ").slice(0, 2).join(" ");
  /** Away from any terminal, and with a no for whatever it asks: it would ask for ever. */
  const dbclient = (key: string) => {
    const file = join(host.directory, `${key}.db`);
    const line = `echo n | dbclient -T -p ${host.port} -l ${account} -i ${file} 127.0.0.1 'echo in'`;
    return ended("setsid", ["--wait", "sh", "-c", line], { PATH: process.env.PATH, HOME: home });
  };

  it("its client logs in by a key, to a host whose plain key it knows, as before the host was set up", async () => {
    know(`127.0.0.1 ${hostKey()}`);
    const { code, stdout, stderr } = await dbclient("plain");
    assert.deepEqual([code, stdout], [0, "in\n"], stderr);
  });

  it("its client knows no authority for hosts: to it the host is a stranger", async () => {
    know((await tctl(daemon, ["auth", "export", "--type=host"])).trim());
    const { code, stdout } = await dbclient("plain");
    assert.notEqual(code, 0);
    assert.equal(stdout, "");
  });

  it("its client shows the key of a certificate without the certificate, which lets nobody in", async () => {
    know(`127.0.0.1 ${hostKey()}`);
    const { code, stdout } = await dbclient("alice");
    assert.notEqual(code, 0);
    assert.equal(stdout, "");
    assert.doesNotMatch(host.log, /ID alice/);
  });

  it("threat 18: its client is refused by a key that was revoked, though the key is in authorized_keys", async () => {
    know(`127.0.0.1 ${hostKey()}`);
    const { stdout: alicesKey } = await ended("ssh-keygen", ["-y", "-f", join(host.directory, "alice")]);
    host.write("authorized_keys", `${host.read("plain.pub")}${alicesKey}`);
    const { code, stderr } = await dbclient("alice");
    assert.equal(code, 0, stderr);
    await tctl(daemon, ["certs", "revoke", `--key=${await fingerprintOf("alice-cert.pub")}`, "--yes"]);
    const list = join(host.folder, "revoked_keys");
    await mustWork(sallyport(["krl", "fetch", "--data-dir", daemon.dataDir, `--out=${list}`]));
    assert.notEqual((await dbclient("alice")).code, 0);
    assert.equal((await dbclient("plain")).code, 0);
  });

  async function fingerprintOf(name: string): Promise<string> {
    const { stdout } = await ended("ssh-keygen", ["-l", "-f", join(host.directory, name)]);
    return stdout.split(" ")[1] ?? "";
  }

  it("its server takes no certificate", async () => {
    const port = await freePort();
    const key = join(host.directory, "server_key");
    await mustWork(ended("dropbearkey", ["-t", "ed25519", "-f", key]));
    const { stdout: shown } = await ended("dropbearkey", ["-y", "-f", key]);
    const publicKey = /^ssh-ed25519 \S+/m.exec(shown)?.[0] ?? "";
    const env = { PATH: `${process.env.PATH}:/usr/sbin` };
    const args = [
      "-F",
      "-E",
      "-s",
      "-r",
      key,
      "-p",
      `127.0.0.1:${port}`,
      "-P",
      join(host.directory, "db.pid"),
    ];
    const server = spawn("dropbear", args, { stdio: "ignore", env });
    try {
      await listens(port);
      const login = {
        key: join(host.directory, "alice"),
        knownHosts: host.write("known", `[127.0.0.1]:${port} ${publicKey}\n`),
      };
      const { code, stderr } = await logIn(Object.create(host, { port: { value: port } }) as SshdHost, login);
      assert.equal(code, 255);
      assert.match(stderr, /Permission denied \(publickey\)/);
    } finally {
      const gone = once(server, "exit");
      server.kill("SIGTERM");
      await gone;
    }
  });
});

async function listens(port: number): Promise<void> {
  for (const until = Date.now() + READY_MS; Date.now() < until; await wait(20)) {
    const socket = connect({ host: "127.0.0.1", port });
    const isUp = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (isUp) return;
  }
  throw new Error("dropbear did not start");
}
