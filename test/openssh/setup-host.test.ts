import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { ended, needsSshd, SshdHost, sallyport } from "./sshd-host.ts";

let daemon: Daemon;
before(async () => {
  daemon = await startDaemon();
});
after(() => daemon[Symbol.asyncDispose]());

const setUp = (host: SshdHost, ...more: string[]) =>
  sallyport([
    ...["openssh", "setup-host", "--data-dir", daemon.dataDir],
    ...["--sshd-config", host.configFile, "--host", "127.0.0.1,db1.example.com", ...more],
  ]);

test("a drop-in that sshd takes, twice the same, and nothing left after --undo", needsSshd, async () => {
  await using host = await SshdHost.make();
  const before = readdirSync(host.directory).sort();
  const first = await setUp(host);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /sshd takes all of it/);
  const text = readFileSync(host.dropIn, "utf8");
  assert.match(text, /^TrustedUserCAKeys .*\/sallyport\/user_ca\.pub$/m);
  assert.match(text, /^HostCertificate .*\/sallyport\/ssh_host_ed25519_key-cert\.pub$/m);
  assert.match(text, /^RevokedKeys .*\/sallyport\/revoked_keys$/m);
  assert.doesNotMatch(text, /^HostKey /m, "the keys by which clients know the host stay in use");
  const second = await setUp(host);
  assert.equal(second.code, 0, second.stderr);
  assert.equal(readFileSync(host.dropIn, "utf8"), text);
  assert.deepEqual(readdirSync(host.folder).sort(), [
    "krl_signers",
    "revoked_keys",
    "ssh_host_ed25519_key-cert.pub",
    "user_ca.pub",
  ]);
  const undone = await setUp(host, "--undo");
  assert.equal(undone.code, 0, undone.stderr);
  assert.deepEqual(readdirSync(host.configDir), []);
  // A running sshd still reads the list.
  assert.deepEqual(readdirSync(host.folder), ["revoked_keys"]);
  assert.match(undone.stdout, /kept: .*revoked_keys/);
  assert.deepEqual(
    readdirSync(host.directory)
      .filter((name) => name !== "sallyport")
      .sort(),
    before,
  );
});

test("accounts can read what concerns them, whatever the umask of the administrator", needsSshd, async () => {
  await using host = await SshdHost.make();
  const before = process.umask(0o077);
  try {
    const { code, stderr } = await setUp(host, "--allow", "deploy=web");
    assert.equal(code, 0, stderr);
  } finally {
    process.umask(before);
  }
  const modeOf = (path: string) => (statSync(join(host.folder, path)).mode & 0o777).toString(8);
  assert.deepEqual(["", "principals"].map(modeOf), ["755", "755"]);
  assert.deepEqual(["principals/deploy", "user_ca.pub", "revoked_keys"].map(modeOf), ["644", "644", "644"]);
});

test("--dry-run prints everything and writes nothing", needsSshd, async () => {
  await using host = await SshdHost.make();
  const { code, stdout, stderr } = await setUp(host, "--dry-run", "--allow", "deploy=web,ops");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /==> .*50-sallyport\.conf/);
  assert.match(stdout, /AuthorizedPrincipalsFile .*\/principals\/%u/);
  assert.match(stdout, /principals\/deploy\nweb\nops\n/);
  assert.deepEqual(readdirSync(host.configDir), []);
  assert.equal(existsSync(host.folder), false);
});

test("what other files say about the same directives is found, with its place", needsSshd, async () => {
  const cases = [
    ["RevokedKeys /etc/hosts", /sshd_config:\d+: RevokedKeys \/etc\/hosts is set there too/],
    [
      "Match User git\n  RevokedKeys none",
      /RevokedKeys none holds for "Match User git" instead: what the cluster revokes would go on/,
    ],
    [
      "Match Address 10.0.0.0/8\n  TrustedUserCAKeys none",
      /certificates of the cluster would be refused there/,
    ],
    ["Match Group wheel\n  AuthorizedPrincipalsFile /etc/p", /holds for "Match Group wheel" instead/],
  ] as const;
  for (const [last, words] of cases) {
    await using host = await SshdHost.make({ last });
    const refused = await setUp(host);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, words);
    assert.deepEqual(readdirSync(host.configDir), [], last);
    const accepted = await setUp(host, "--accept-others");
    assert.equal(accepted.code, 0, accepted.stderr);
    assert.match(accepted.stderr, words);
    assert.equal(existsSync(host.dropIn), true);
  }
});

test("a drop-in that sshd would not read, or not for everybody, is not written", needsSshd, async () => {
  for (const last of ["# nothing is included", "Match User bob\nInclude $DIR/*.conf"]) {
    await using host = await SshdHost.make();
    writeFileSync(host.configFile, host.configText("", last.replace("$DIR", host.configDir)));
    const { code, stderr } = await setUp(host);
    assert.equal(code, 1, last);
    assert.match(stderr, /put this line at the top of .*sshd_config:\n {2}Include .*\*\.conf/);
    assert.deepEqual(readdirSync(host.configDir), []);
    assert.equal(existsSync(host.folder), false);
  }
});

test("a drop-in that comes too late is put back: the first value wins", needsSshd, async () => {
  await using host = await SshdHost.make();
  const before = `PubkeyAuthentication no\nRevokedKeys /etc/hosts\nInclude ${host.configDir}/*.conf`;
  writeFileSync(host.configFile, host.configText(before));
  const { code, stderr } = await setUp(host, "--accept-others");
  assert.equal(code, 1);
  assert.match(stderr, /everything was put back/);
  assert.match(stderr, /RevokedKeys is \/etc\/hosts, and not .*revoked_keys/);
  assert.match(stderr, /PubkeyAuthentication is no, and not yes/);
  assert.deepEqual([...readdirSync(host.configDir), ...readdirSync(host.folder)], []);
});

test(
  "a configuration that sshd does not take is not touched, nor is a file of somebody else",
  needsSshd,
  async () => {
    await using broken = await SshdHost.make({ last: "NoSuchDirective yes" });
    const first = await setUp(broken);
    assert.equal(first.code, 1);
    assert.match(first.stderr, /sshd does not take .* as it is: .*NoSuchDirective/);
    await using taken = await SshdHost.make();
    writeFileSync(taken.dropIn, "X11Forwarding no\n");
    for (const more of [[], ["--undo"]]) {
      const { code, stderr } = await setUp(taken, ...more);
      assert.equal(code, 1);
      assert.match(stderr, /was not written by this command/);
      assert.equal(readFileSync(taken.dropIn, "utf8"), "X11Forwarding no\n");
    }
  },
);

test(
  "a list of revoked keys that cannot be read stops it: sshd would refuse every key",
  needsSshd,
  async () => {
    await using host = await SshdHost.make();
    assert.equal((await setUp(host)).code, 0);
    const list = join(host.folder, "revoked_keys");
    writeFileSync(list, "SSHKRL\n\0broken");
    const { code, stderr } = await setUp(host);
    assert.equal(code, 1);
    assert.match(stderr, /revoked_keys is not a key revocation list/);
    assert.equal(readFileSync(list, "utf8"), "SSHKRL\n\0broken");
  },
);

test("a further host key leaves those in use that clients know", needsSshd, async () => {
  await using host = await SshdHost.make();
  const key = join(host.directory, "second_key");
  assert.equal((await ended("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", key])).code, 0);
  const { code, stderr } = await setUp(host, "--host-key", key, "--host-key", host.hostKey);
  assert.equal(code, 0, stderr);
  const text = readFileSync(host.dropIn, "utf8");
  assert.deepEqual(text.match(/^HostKey .*$/gm), [`HostKey ${key}`]);
  assert.equal(text.match(/^HostCertificate /gm)?.length, 2);
});

test("threat 1: a certificate is not taken for the key of an authority", needsSshd, async () => {
  await using host = await SshdHost.make();
  assert.equal((await setUp(host)).code, 0);
  const certificate = host.read("sallyport/ssh_host_ed25519_key-cert.pub");
  for (const text of [
    certificate,
    `cert-authority ${certificate}`,
    `no-pty ${host.read("sallyport/user_ca.pub")}`,
  ]) {
    const file = host.write("ca.pub", text);
    const { code, stderr } = await setUp(host, "--user-ca", file);
    assert.equal(code, 1);
    assert.match(stderr, /ca\.pub:1 is not the key of an authority/);
  }
});

test("threat 3, threat 34: names with other characters get into no file", needsSshd, async () => {
  await using host = await SshdHost.make();
  const words = ["a b", "$(id)", "`id`", "a;b", "a|b", "-oProxyCommand", "a'b", 'a"b', "a\nb", "a*", "", "é"];
  const uses: ((word: string) => readonly string[])[] = [
    (word) => ["--host", word],
    (word) => ["--allow", `${word}=ops`],
    (word) => ["--allow", `deploy=${word}`],
    (word) => ["--config-dir", join(host.directory, `x ${word}`)],
  ];
  const { opensshCommand } = await import("../../packages/server/src/openssh/index.ts");
  for (const use of uses) {
    for (const word of words) {
      const notes: string[] = [];
      const code = await opensshCommand(["setup-host", "--sshd-config", host.configFile, ...use(word)], {
        machine: { env: {}, uid: 0, home: host.directory, workingDir: host.directory },
        hostName: "db1",
        program: [],
        clock: { now: () => 0, after: () => () => {} },
        print: assert.fail,
        note: (text) => notes.push(text),
      });
      assert.equal(code, 2, `${JSON.stringify(use(word))} ${notes}`);
    }
  }
  assert.deepEqual(readdirSync(host.configDir), []);
});
