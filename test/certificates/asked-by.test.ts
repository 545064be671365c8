import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect, fromIdentityFile, type NodeClient } from "@sallyport/api/node";
import { exportSpki, generateKey } from "@sallyport/x509";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tctl } from "../support/tctl.ts";

const documents = `
kind: workload_identity
version: v1
metadata: { name: web, labels: { env: prod } }
spec: { spiffe: { id: /web } }
---
kind: role
version: v8
metadata: { name: lends }
spec:
  allow: { logins: [lends], impersonate: { users: [alice], roles: [access] } }
---
kind: user
version: v2
metadata: { name: bot-ci }
spec: { roles: [wildcard-workload-identity-issuer, lends] }
---
kind: user
version: v2
metadata: { name: alice }
spec: { roles: [access] }
`;

interface Shown {
  readonly kind: string;
  readonly user: string;
  readonly requester: string;
  readonly status: string;
}

describe("what somebody asked for, in whatever name", () => {
  let daemon: Daemon;
  let bot: NodeClient;
  const run = (...args: string[]) => tctl(daemon, args);
  const listed = async (...args: string[]) =>
    JSON.parse(await run("certs", "ls", "--format=json", ...args)) as Shown[];
  const shown = (entries: readonly Shown[]) => entries.map(({ kind, user }) => `${kind} ${user}`).sort();

  before(async () => {
    daemon = await startDaemon();
    writeFileSync(join(daemon.directory, "all.yaml"), documents);
    await run("create", "all.yaml");
    await run("auth", "sign", "--user=bot-ci", "--out=bot.pem");
    await run("auth", "sign", "--user=alice", "--out=alice.pem");
    const identity = join(daemon.directory, "bot.pem");
    bot = await connect({ address: daemon.address, credentials: fromIdentityFile(identity) });
    const { publicKey } = await generateKey("ecdsa-p256");
    await bot.workloadIdentities.issueX509({ name: "web", publicKey: exportSpki(publicKey) });
    await bot.workloadIdentities.issueJwt({ name: "web", audiences: ["https://api.example"] });
    await tctl(daemon, ["auth", "sign", "--user=alice", "--out=lent.pem"], { identity: "bot.pem" });
  });
  after(async () => {
    await bot?.close();
    await daemon?.[Symbol.asyncDispose]();
  });

  const all = [
    "user alice",
    "user bot-ci",
    "workload spiffe://one.example/web",
    "workload spiffe://one.example/web",
  ];

  it("is listed under who asked for it, and under whom it names", async () => {
    assert.deepEqual(shown(await listed("--user=bot-ci")), all);
    assert.deepEqual(shown(await listed("--user=bot-ci", "--kind=workload")), all.slice(2));
    assert.deepEqual(shown(await listed("--user=bot-ci", "--expires-within=400d")), all);
    assert.deepEqual(shown(await listed("--user=alice")), ["user alice", "user alice"]);
    assert.deepEqual(shown(await listed("--user=spiffe://one.example/web")), all.slice(2));
  });

  it("is revoked with who asked for it; what others asked for is not", async () => {
    const preview = await run("certs", "revoke", "--user=bot-ci", "--dry-run");
    assert.equal(preview.match(/ workload spiffe:/g)?.length, 2);
    const said = await run("certs", "revoke", "--user=bot-ci", "--yes", "--reason=stolen");
    assert.match(said, /^4 certificates revoked\n/);
    assert.match(said, /1 of them is a token/);
    assert.deepEqual(await listed("--user=bot-ci", "--good"), []);
    const left = await listed("--user=alice", "--good");
    assert.equal(left.length, 1);
    assert.notEqual(left[0]?.requester, "bot-ci");
    await run("auth", "crl", "--type=spiffe", "--out=spiffe.crl");
    const crl = readFileSync(join(daemon.directory, "spiffe.crl"));
    const text = execFileSync("openssl", ["crl", "-inform", "DER", "-noout", "-text"], { input: crl });
    assert.equal(text.toString().match(/Serial Number: /g)?.length, 1);
  });
});
