import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parseSshCertificate } from "@sallyport/ssh";
import { startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";
import { account, ended, logIn, needsSshd, SshdHost } from "./sshd-host.ts";

test(
  "threat 34: a log of sshd with FingerprintHash md5 is held against the inventory",
  needsSshd,
  async () => {
    await using daemon = await startDaemon();
    await using host = await SshdHost.make();
    const keygen = (...args: string[]) => ended("ssh-keygen", ["-q", ...args]);
    const otherCa = join(host.directory, "other_ca");
    await keygen("-t", "ed25519", "-N", "", "-f", otherCa);
    const exported = await tctl(daemon, ["auth", "export", "--type=user"]);
    const trusted = `${exported.replaceAll("cert-authority ", "")}\n${host.read("other_ca.pub")}`;
    host.write(
      "sshd_config",
      host.configText("", `FingerprintHash md5\nTrustedUserCAKeys ${host.write("trusted", trusted)}`),
    );
    const documents = `kind: role
version: v7
metadata: { name: insider }
spec: { allow: { logins: [${JSON.stringify(account)}] } }
---
kind: user
version: v2
metadata: { name: insider }
spec: { roles: [insider] }
`;
    await tctl(daemon, ["create", host.write("people.yaml", documents)]);
    const own = join(host.directory, "own");
    await tctl(daemon, ["auth", "sign", "--format=openssh", "--user=insider", `--out=${own}`]);
    const { serial } = parseSshCertificate(host.read("own-cert.pub"));
    // The same number, by another authority that the host trusts.
    const foreign = join(host.directory, "foreign");
    await keygen("-t", "ed25519", "-N", "", "-f", foreign);
    await keygen("-s", otherCa, "-I", "insider", "-n", account, "-z", String(serial), `${foreign}.pub`);
    await host.start();
    const knownHosts = host.write(
      "known_hosts",
      `[127.0.0.1]:${host.port} ${host.read("ssh_host_ed25519_key.pub")}`,
    );
    for (const key of [own, foreign]) assert.equal((await logIn(host, { key, knownHosts })).stdout, "in\n");

    const reconcile = async () =>
      JSON.parse(
        await tctl(daemon, ["certs", "reconcile", "--format=json", host.write("sshd.log", host.log)]).catch(
          (error: unknown) => (error as { stdout: string }).stdout,
        ),
      ) as { certified: number; unreadable: number; findings: { finding: string; ca_fingerprint: string }[] };
    const { certified, unreadable, findings } = await reconcile();
    assert.deepEqual([certified, unreadable], [2, 0]);
    assert.deepEqual(
      findings.map(({ finding }) => finding),
      ["never-issued"],
    );
    const shown = (await keygen("-l", "-E", "md5", "-f", `${otherCa}.pub`)).stdout.split(" ")[1];
    assert.equal(findings[0]?.ca_fingerprint, shown);
    await tctl(daemon, ["certs", "revoke", String(serial), "--yes"]);
    await logIn(host, { key: own, knownHosts });
    assert.deepEqual(
      (await reconcile()).findings.map(({ finding }) => finding),
      ["never-issued", "revoked"],
    );
  },
);
