import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseSshCertificate } from "@sallyport/ssh";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";
import { ended, needsSshd, SshdHost, sallyport } from "./sshd-host.ts";

const DAY_MS = 86_400_000;
let daemon: Daemon;
before(async () => {
  daemon = await startDaemon();
});
after(() => daemon[Symbol.asyncDispose]());

const openssh = (verb: string, host: SshdHost, more: readonly string[]) =>
  sallyport([...["openssh", verb, "--data-dir", daemon.dataDir, "--sshd-config", host.configFile], ...more]);

async function setUp(host: SshdHost, ...more: string[]): Promise<void> {
  const { code, stderr } = await openssh("setup-host", host, ["--host", "127.0.0.1,DB1", ...more]);
  assert.equal(code, 0, stderr);
}

async function renew(host: SshdHost, ...more: string[]): Promise<string> {
  const { code, stdout, stderr } = await openssh("renew-host", host, more);
  assert.equal(code, 0, stderr);
  return stdout;
}

const rotate = (type: string, phase: string) =>
  tctl(daemon, ["auth", "rotate", `--type=${type}`, "--manual", `--phase=${phase}`]);

const certificateFile = (host: SshdHost) => join(host.folder, "ssh_host_ed25519_key-cert.pub");
const certificateOf = (host: SshdHost) =>
  parseSshCertificate(readFileSync(certificateFile(host), "utf8").trim());

function lifeOf(host: SshdHost): number {
  const { validAfterAt, validBeforeAt } = certificateOf(host);
  assert.ok(validBeforeAt !== "forever");
  return validBeforeAt - validAfterAt;
}

/** Serial number of the certificate that the running sshd shows. */
async function shownBy(host: SshdHost): Promise<bigint> {
  const { stdout } = await ended("ssh-keyscan", ["-c", "-p", String(host.port), "127.0.0.1"]);
  const line = stdout.split("\n").find((one) => one.includes("ssh-ed25519-cert-v01@openssh.com")) ?? "";
  return parseSshCertificate(line.slice(line.indexOf("ssh-ed25519-cert"))).serial;
}

test(
  "a host certificate is renewed near its end, for the same names, and sshd shows it",
  needsSshd,
  async () => {
    await using host = await SshdHost.make();
    await host.start();
    await setUp(host, "--ttl", "15s", "--allow", "deploy=web", "--reload");
    const first = certificateOf(host);
    assert.equal(await shownBy(host), first.serial);
    const said = await renew(host, "--ttl", "90d", "--reload");
    assert.match(said, /^less than a third of a host certificate's life is left$/m);
    assert.match(said, /sshd has read its configuration anew/);
    const second = certificateOf(host);
    assert.deepEqual(second.principals, ["127.0.0.1", "db1"]);
    assert.ok(lifeOf(host) > 89 * DAY_MS);
    assert.equal(await shownBy(host), second.serial);
    assert.equal(host.read("sallyport/principals/deploy"), "web\n");
    const complaint = await ended("/usr/sbin/sshd", ["-t", "-f", host.configFile]);
    assert.equal(complaint.code, 0, complaint.stderr);
  },
);

test(
  "what has time left is not touched, and sshd is told only what it does not know",
  needsSshd,
  async () => {
    await using host = await SshdHost.make();
    await host.start();
    await setUp(host, "--ttl", "90d");
    const before = readFileSync(certificateFile(host), "utf8");
    assert.match(
      await renew(host, "--reload"),
      /nothing to renew before .*\nsshd has read its configuration anew/,
    );
    const readAt = statSync(host.pidFile).mtimeMs;
    assert.match(await renew(host, "--reload"), /^nothing to renew before \S+\n$/);
    assert.equal(readFileSync(certificateFile(host), "utf8"), before);
    assert.equal(statSync(host.pidFile).mtimeMs, readAt);
  },
);

test("without --ttl the next certificate lives as long as the one before", needsSshd, async () => {
  await using host = await SshdHost.make();
  await setUp(host, "--ttl", "15s");
  const before = lifeOf(host);
  await renew(host);
  assert.equal(lifeOf(host), before);
});

test(
  "a rotation is followed: by the host certificate, and by whose users are trusted",
  needsSshd,
  async () => {
    await using host = await SshdHost.make();
    await using offline = await SshdHost.make();
    await setUp(host);
    const ca = offline.write("ca.pub", host.read("sallyport/user_ca.pub"));
    await setUp(offline, "--user-ca", ca);
    assert.match(await renew(host), /the host certificates have no end/);
    await rotate("host", "init");
    assert.match(
      await renew(host),
      /the host certificates have no end/,
      "the old key signs until update_clients",
    );
    await rotate("host", "update_clients");
    const before = certificateOf(host).signatureKey.blob;
    assert.match(await renew(host), /signs host certificates with another key now/);
    assert.notDeepEqual(certificateOf(host).signatureKey.blob, before);
    await rotate("user", "init");
    assert.match(await renew(host), /user authorities are others now/);
    assert.equal(host.read("sallyport/user_ca.pub").trim().split("\n").length, 2);
    await renew(offline);
    assert.equal(
      offline.read("sallyport/user_ca.pub"),
      offline.read("ca.pub"),
      "whom to trust was named by hand",
    );
  },
);

test("a host that was not set up is told so, and nothing is written", needsSshd, async () => {
  await using host = await SshdHost.make();
  const { code, stderr } = await openssh("renew-host", host, []);
  assert.equal(code, 1);
  assert.match(stderr, /begin with: sallyport openssh setup-host/);
});

test(
  "threat 34: --print-unit writes whole paths, and no word that a unit reads otherwise",
  needsSshd,
  async () => {
    await using host = await SshdHost.make();
    const unit = await renew(
      host,
      "--print-unit",
      "--every",
      "6h",
      "--ttl",
      "90d",
      "--identity",
      "renewer.pem",
    );
    assert.match(unit, /^OnUnitInactiveSec=21600s$/m);
    assert.match(unit, new RegExp(`^ReadWritePaths=${host.directory}$`, "m"));
    assert.match(unit, /^ExecStart=\/.* openssh renew-host --reload .*--ttl 90d/m);
    assert.match(unit, /--identity \/\S+\/renewer\.pem/);
    for (const more of [
      ["--identity", "a b"],
      ["--auth-server", "$(id)"],
      ["--ttl", "soon"],
      ["--every", "-1h"],
    ]) {
      const { code } = await openssh("renew-host", host, ["--print-unit", ...more]);
      assert.equal(code, 2, more.join(" "));
    }
  },
);
