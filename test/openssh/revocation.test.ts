import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fingerprint, parseKrl, parseSshCertificate } from "@sallyport/ssh";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";
import { account, ended, freePort, logIn, needsSshd, SshdHost, sallyport } from "./sshd-host.ts";

let daemon: Daemon;
let host: SshdHost;
let knownHosts: string;
let url: string;
let list: string;

before(async () => {
  if (needsSshd.skip !== false) return;
  const directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  const port = await freePort();
  url = `http://127.0.0.1:${port}/krl`;
  writeFileSync(
    join(directory, "sallyport.yaml"),
    `version: v3
teleport: { data_dir: ${join(directory, "data")} }
auth_service: { enabled: yes, listen_addr: "127.0.0.1:0", cluster_name: one.example }
sallyport: { revocation_listen_addr: "127.0.0.1:${port}" }
`,
  );
  daemon = await startDaemon({ directory });
  host = await SshdHost.make();
  list = join(host.folder, "revoked_keys");
  knownHosts = join(host.directory, "known_hosts");
  await done("openssh", "setup-host", "--sshd-config", host.configFile, "--host", "127.0.0.1", ...own());
  await done("openssh", "setup-client", "--known-hosts", knownHosts, "--hosts", "127.0.0.1", ...own());
  const file = host.write(
    "alice.yaml",
    `kind: role
version: v7
metadata: { name: shell }
spec: { allow: { logins: [${JSON.stringify(account)}] } }
---
kind: user
version: v2
metadata: { name: alice }
spec: { roles: [shell] }
`,
  );
  await tctl(daemon, ["create", file]);
  await host.start();
});
after(async () => {
  await host?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
});

const own = () => ["--data-dir", daemon.dataDir];

async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await sallyport(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function sign(name: string) {
  const key = join(host.directory, name);
  await tctl(daemon, ["auth", "sign", "--format=openssh", "--user=alice", `--out=${key}`]);
  return {
    key,
    knownHosts,
    certificate: parseSshCertificate(readFileSync(`${key}-cert.pub`, "utf8").trim()),
  };
}

const code = async (who: { readonly key: string }) => (await logIn(host, { ...who, knownHosts })).code;

test(
  "a certificate that tctl revokes opens nothing once the list is fetched, by API and by URL",
  needsSshd,
  async () => {
    const [first, second, kept] = [await sign("first"), await sign("second"), await sign("kept")];
    for (const who of [first, second, kept]) assert.equal(await code(who), 0, host.log);
    await tctl(daemon, ["certs", "revoke", String(first.certificate.serial), "--yes", "--reason=lost"]);
    assert.match(await done("krl", "fetch", "--out", list, ...own()), /^written: /);
    assert.deepEqual([await code(first), await code(second), await code(kept)], [255, 0, 0]);
    const print = fingerprint(second.certificate.publicKey);
    await tctl(daemon, ["certs", "revoke", `--key=${print}`, "--yes", "--reason=lost"]);
    assert.match(await done("krl", "fetch", "--out", list, "--url", url), /^written: /);
    assert.deepEqual([await code(first), await code(second), await code(kept)], [255, 255, 0]);
    await host.logged("revoked by file");
  },
);

test("a host that is set up later has the list from the first moment", needsSshd, async () => {
  await using later = await SshdHost.make();
  await done("openssh", "setup-host", "--sshd-config", later.configFile, "--host", "127.0.0.1", ...own());
  assert.ok(parseKrl(readFileSync(join(later.folder, "revoked_keys"))).version > 0n);
});

test(
  "ssh-keygen, too, takes the list and its signature by what setup-host wrote down",
  needsSshd,
  async () => {
    const [krl, signature] = await Promise.all(
      [url, `${url}.sig`].map(async (one) => Buffer.from(await (await fetch(one)).arrayBuffer())),
    );
    const [listFile, signatureFile] = [host.write("krl", krl ?? ""), host.write("krl.sig", signature ?? "")];
    const signers = join(host.folder, "krl_signers");
    assert.equal(existsSync(signers), true);
    const script = 'ssh-keygen -Y verify -f "$1" -I sallyport -n krl@one.example -s "$2" < "$3"';
    const verified = await ended("sh", ["-c", script, "sh", signers, signatureFile, listFile]);
    assert.equal(verified.code, 0, verified.stderr);
    const shown = await ended("ssh-keygen", ["-Q", "-l", "-f", listFile]);
    assert.match(shown.stdout, /KRL version/);
  },
);

test(
  "without the service the list stays; told to be closed, sshd refuses certificates until it is back",
  needsSshd,
  async () => {
    const who = await sign("patient");
    assert.equal(await code(who), 0);
    const away = ["krl", "fetch", "--out", list, "--url", "http://127.0.0.1:1/krl"];
    assert.equal((await sallyport(away)).code, 1);
    assert.equal(await code(who), 0);
    assert.equal((await sallyport([...away, "--max-age", "1ms", "--when-stale", "closed"])).code, 1);
    assert.equal(await code(who), 255);
    await done("krl", "fetch", "--out", list, "--url", url);
    assert.equal(await code(who), 0);
  },
);
