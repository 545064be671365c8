import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { encodeKrl, isPrincipal, parseSshCertificate } from "@sallyport/ssh";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";
import { account, ended, logIn, needsSshd, SshdHost, sallyport } from "./sshd-host.ts";

const HOUR_MS = 3_600_000;

let daemon: Daemon;
let host: SshdHost;
let knownHosts: string;
/** A second authority that the host trusts, by which certificates are made that the daemon never would. */
let otherCa: string;

before(async () => {
  if (needsSshd.skip !== false) return;
  daemon = await startDaemon();
  host = await SshdHost.make();
  otherCa = join(host.directory, "other_ca");
  await keygen("-t", "ed25519", "-N", "", "-f", otherCa);
  const clusterCa = host.write("cluster_ca.pub", await tctl(daemon, ["auth", "export", "--type=user"]));
  await admin("setup-host", "--sshd-config", host.configFile, "--host", "127.0.0.1", [
    ...["--user-ca", clusterCa, "--user-ca", `${otherCa}.pub`],
  ]);
  knownHosts = join(host.directory, "known_hosts");
  await admin("setup-client", "--known-hosts", knownHosts, "--hosts", "127.0.0.1");
  await people();
  await host.start();
});
after(async () => {
  await host?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
});

async function admin(verb: string, ...more: (string | readonly string[])[]): Promise<void> {
  const { code, stderr } = await sallyport(["openssh", verb, "--data-dir", daemon.dataDir, ...more.flat()]);
  assert.equal(code, 0, stderr);
}

async function keygen(...args: string[]): Promise<void> {
  const { code, stderr } = await ended("ssh-keygen", ["-q", ...args]);
  assert.equal(code, 0, stderr);
}

/** `insider` has the account of the test among their logins, `outsider` another, `caged` may not forward. */
async function people(): Promise<void> {
  const role = (name: string, login: string, options = "{}") => `kind: role
version: v7
metadata: { name: ${name} }
spec:
  options: ${options}
  allow: { logins: [${JSON.stringify(login)}] }
---
kind: user
version: v2
metadata: { name: ${name} }
spec: { roles: [${name}] }
---
`;
  const text =
    role("insider", account) +
    role("outsider", "somebody-else") +
    role("caged", account, "{ port_forwarding: false }") +
    role("pinned", account, "{ pin_source_ip: true }") +
    role(
      "labelled",
      account,
      "{ cert_extensions: [{ type: ssh, mode: extension, name: login@forge.example, value: '{{internal.logins}}' }] }",
    );
  const file = host.write("people.yaml", text.replace(/---\n$/, ""));
  await tctl(daemon, ["create", file]);
}

/** A key and certificate as `tctl auth sign` writes them; the path of the private key. */
async function sign(user: string, name = user): Promise<string> {
  const key = join(host.directory, name);
  await tctl(daemon, ["auth", "sign", "--format=openssh", `--user=${user}`, `--out=${key}`, "--overwrite"]);
  return key;
}

/** A key with a certificate of the second authority, made by ssh-keygen with these options. */
async function otherwise(name: string, ...options: readonly string[]): Promise<string> {
  const key = join(host.directory, name);
  await keygen("-t", "ed25519", "-N", "", "-f", key);
  await keygen("-s", otherCa, "-I", name, ...options, `${key}.pub`);
  return key;
}

const certificateOf = (key: string) => parseSshCertificate(host.read(`${key.split("/").at(-1)}-cert.pub`));

async function assertIn(key: string, options: readonly string[] = []): Promise<void> {
  const { code, stdout, stderr } = await logIn(host, { key, knownHosts, options });
  assert.equal(code, 0, `${stderr}\n${host.log}`);
  assert.equal(stdout, "in\n");
}

/** Refused, and sshd's own log says why. */
async function assertOut(key: string, because: string): Promise<void> {
  const { code, stderr } = await logIn(host, { key, knownHosts });
  assert.equal(code, 255, stderr);
  assert.match(stderr, /Permission denied \(publickey\)/);
  await host.logged(because);
}

test("login by a certificate, to a host that proves itself by one", needsSshd, async () => {
  const key = await sign("insider");
  await assertIn(key);
  const serial = certificateOf(key).serial;
  await host.logged(`ID insider (serial ${serial}) CA`);
});

test("a principal that the account does not have is refused", needsSshd, async () => {
  await assertOut(await sign("outsider"), "Certificate invalid: name is not a listed principal");
});

test("a certificate that has ended is refused, and one that has not begun", needsSshd, async () => {
  await assertOut(
    await otherwise("ended", "-n", account, "-V", "20200101:20200102"),
    "Certificate invalid: expired",
  );
  await assertOut(
    await otherwise("early", "-n", account, "-V", "20380101:20380102"),
    "Certificate invalid: not yet valid",
  );
});

test(
  "what is revoked is refused from the next login on: by serial, by key, by authority",
  needsSshd,
  async () => {
    const list = join(host.folder, "revoked_keys");
    const write = (version: bigint, more: Partial<Parameters<typeof encodeKrl>[0]>) =>
      writeFileSync(list, encodeKrl({ version, generatedAt: Date.now(), ...more }));
    const [lost, kept] = [await sign("insider", "lost"), await sign("insider", "kept")];
    await assertIn(lost);
    const { serial, signatureKey: ca, publicKey } = certificateOf(lost);
    write(1n, { certificates: [{ ca, serials: [serial] }] });
    await assertOut(lost, "revoked by file");
    await assertIn(kept);
    write(2n, { certificates: [{ ca, serials: [serial + 1n] }] });
    await assertIn(lost);
    write(3n, { keys: [publicKey] });
    await assertOut(lost, "revoked by file");
    await assertIn(kept);
    write(4n, { keys: [ca] });
    await assertOut(kept, "revoked by file");
    write(5n, {});
    await assertIn(lost);
  },
);

test("a list that is broken or gone locks everybody out, so ours never is", needsSshd, async () => {
  const key = await sign("insider");
  const list = join(host.folder, "revoked_keys");
  const good = encodeKrl({ version: 6n, generatedAt: Date.now() });
  writeFileSync(list, good.subarray(0, 20));
  assert.equal((await logIn(host, { key, knownHosts })).code, 255);
  writeFileSync(list, good);
  await assertIn(key);
});

test("threat 1: a key that a certificate names is no authority", needsSshd, async () => {
  const middle = await sign("insider", "middle");
  const key = join(host.directory, "nested");
  await keygen("-t", "ed25519", "-N", "", "-f", key);
  await keygen("-s", middle, "-I", "nested", "-n", account, `${key}.pub`);
  const { code } = await logIn(host, { key, knownHosts });
  assert.equal(code, 255);
});

test("threat 2: a certificate without principals opens no account", needsSshd, async () => {
  await assertOut(await otherwise("anyone"), "Certificate lacks principal list");
});

test(
  "threat 3: a login with a comma, a wildcard or a control character is never signed",
  needsSshd,
  async () => {
    for (const [index, login] of [`x,${account}`, "*", "a b", "roo\tt", `${account}\n`].entries()) {
      const name = `hostile-${index}`;
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
      await tctl(daemon, ["create", file]).catch(() => "");
      const key = await sign(name).catch(() => undefined);
      if (key === undefined) continue;
      const { principals } = certificateOf(key);
      assert.ok(
        principals.length > 0 && principals.every((one) => isPrincipal(one, "user")),
        principals.join("|"),
      );
      assert.equal((await logIn(host, { key, knownHosts })).code, 255, JSON.stringify(login));
    }
  },
);

test("threat 5: force-command, source-address and unknown critical options bind", needsSshd, async () => {
  const forced = await otherwise("forced", "-n", account, "-O", "force-command=echo forced");
  assert.equal((await logIn(host, { key: forced, knownHosts })).stdout, "forced\n");
  await assertIn(await otherwise("near", "-n", account, "-O", "source-address=127.0.0.0/8"));
  await assertOut(
    await otherwise("far", "-n", account, "-O", "source-address=192.0.2.0/24"),
    "not from a permitted source address",
  );
  await assertOut(
    await otherwise("odd", "-n", account, "-O", "critical:odd@example.com=1"),
    'Certificate critical option "odd@example.com" is not supported',
  );
});

test(
  "threat 6: who shows another's certificate without its key is only whom they can sign for",
  needsSshd,
  async () => {
    const insider = await sign("insider", "shown");
    const outsider = await sign("outsider", "signing");
    const both = join(host.directory, "both");
    for (const [from, to] of [
      [outsider, both],
      [`${insider}-cert.pub`, `${both}-cert.pub`],
    ] as const) {
      writeFileSync(to, host.read(from.split("/").at(-1) ?? ""), { mode: 0o600 });
    }
    assert.equal((await logIn(host, { key: both, knownHosts })).code, 255);
    // Both are shown, and only the last one is signed for: the log, and what reads it, name that one alone.
    const own = await sign("insider", "own");
    const before = host.log.length;
    await assertIn(both, [`IdentityFile=${own}`]);
    const report = JSON.parse(
      await tctl(daemon, [
        "certs",
        "reconcile",
        "--format=json",
        host.write("sshd.log", host.log.slice(before)),
      ]),
    ) as { certified: number; unreadable: number };
    assert.deepEqual([report.certified, report.unreadable], [1, 0]);
    await host.logged(`(serial ${certificateOf(own).serial}) CA`);
  },
);

test("threat 5: without the permission to forward, none is forwarded", needsSshd, async () => {
  const forward = async (key: string) => {
    const where = ["-W", `127.0.0.1:${host.port}`];
    return logIn(host, { key, knownHosts, options: ["ExitOnForwardFailure=yes"], command: [], flags: where });
  };
  const free = await forward(await sign("insider"));
  assert.match(free.stdout, /^SSH-2\.0-/);
  const caged = await forward(await sign("caged"));
  assert.equal(caged.code, 255);
  assert.match(caged.stderr, /administratively prohibited|forwarding failed/);
});

test(
  "threat 5, threat 19: pin_source_ip binds a certificate to the address that asked for it",
  needsSshd,
  async () => {
    const key = await sign("pinned");
    assert.deepEqual(certificateOf(key).criticalOptions, { "source-address": "127.0.0.1/32" });
    await assertIn(key, ["BindAddress=127.0.0.1"]);
    const elsewhere = await logIn(host, { key, knownHosts, options: ["BindAddress=127.0.0.2"] });
    assert.equal(elsewhere.code, 255, "another address of the same machine is another address");
  },
);

test(
  "extensions of a role are in the certificate, and sshd passes over those it does not know",
  needsSshd,
  async () => {
    const key = await sign("labelled");
    assert.ok("login@forge.example" in certificateOf(key).extensions);
    await assertIn(key);
  },
);

test(
  "a host that another authority vouches for, or for another name, is not believed",
  needsSshd,
  async () => {
    const key = await sign("insider");
    const stranger = join(host.directory, "known_strangers");
    await admin("setup-client", "--known-hosts", stranger, "--hosts", "127.0.0.1", [
      ...["--cluster", "two.example", "--host-ca", `${otherCa}.pub`],
    ]);
    for (const [file, options] of [
      [stranger, []],
      [knownHosts, ["HostKeyAlias=db2.example.com"]],
    ] as const) {
      const { code, stderr } = await logIn(host, { key, knownHosts: file, options });
      assert.equal(code, 255);
      assert.match(stderr, /Host key verification failed|not listed in certificate|No .* host key is known/);
    }
  },
);

test("both authorities of a rotation are taken", needsSshd, async () => {
  await assertIn(await sign("insider"));
  await assertIn(await otherwise("next", "-n", account, "-V", `+${HOUR_MS / 60_000}m`));
});
