import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { parsePublicKeyLine } from "@sallyport/ssh";
import { startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";
import { account, ended, needsSshd, SshdHost, sallyport } from "./sshd-host.ts";

const isThere = (name: string) =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
const isMissing = !process.env.CI && !["plink", "puttygen"].every(isThere);
const needsPutty = { skip: needsSshd.skip || (isMissing ? "plink is not installed (putty-tools)" : false) };

test("PuTTY: login by a certificate, to a host that proves itself by one", needsPutty, async () => {
  await using daemon = await startDaemon();
  await using host = await SshdHost.make();
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
  const where = ["--data-dir", daemon.dataDir, "--sshd-config", host.configFile, "--host", "127.0.0.1"];
  const setup = await sallyport(["openssh", "setup-host", ...where]);
  assert.equal(setup.code, 0, setup.stderr);
  await host.start();
  const key = join(host.directory, "alice");
  await tctl(daemon, ["auth", "sign", "--format=openssh", "--user=alice", `--out=${key}`]);
  const converted = await ended("puttygen", [key, "-O", "private", "-o", `${key}.ppk`]);
  assert.equal(converted.code, 0, converted.stderr);
  const home = await puttyHome(host, key, await tctl(daemon, ["auth", "export", "--type=host"]));
  const { stdout: version } = await ended("plink", ["-V"]);
  const [, major = "0", minor = "0"] = /Release (\d+)\.(\d+)/.exec(version) ?? [];
  const { code, stdout, stderr } = await ended(
    "plink",
    ["-batch", "-load", "web", "-l", account, "echo", "in"],
    {
      PATH: process.env.PATH,
      HOME: home,
    },
  );
  if (Number(major) === 0 && Number(minor) < 78) {
    // It came with 0.78: before, the host is unknown, and in a batch that is the end.
    assert.notEqual(code, 0);
    return;
  }
  assert.deepEqual([code, stdout], [0, "in\n"], stderr);
});

/** PuTTY's settings: the session, and the authority for hosts. */
async function puttyHome(host: SshdHost, key: string, knownHosts: string): Promise<string> {
  const home = join(host.directory, "putty");
  for (const folder of ["sessions", "sshhostcas"])
    mkdirSync(join(home, ".putty", folder), { recursive: true });
  const session = {
    HostName: "127.0.0.1",
    PortNumber: String(host.port),
    Protocol: "ssh",
    PublicKeyFile: `${key}.ppk`,
    DetachedCertificate: `${key}-cert.pub`,
  };
  writeFileSync(join(home, ".putty/sessions/web"), settings(session));
  const { blob } = parsePublicKeyLine(knownHosts.replace(/^@cert-authority \S+ /, "").split("\n")[0] ?? "");
  const authority = {
    PublicKey: Buffer.from(blob).toString("base64"),
    Validity: "127.0.0.1",
    PermitRSASHA256: "1",
    PermitRSASHA512: "1",
  };
  writeFileSync(join(home, ".putty/sshhostcas/cluster"), settings(authority));
  return home;
}

const settings = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
