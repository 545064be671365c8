import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isAppError, type Reason } from "../errors/index.ts";
import type { Credentials } from "./credentials.ts";
import { fromFiles } from "./from-files.ts";
import { fromMemory } from "./from-memory.ts";
import { fromIdentityFile } from "./identity-file.ts";
import { localAddress, localAdmin } from "./local-admin.ts";
import { createTestAuthority, type PemPair, type TestAuthority } from "./testing/test-certificates.ts";

const hourMs = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "sallyport-credentials-"));
const file = (name: string) => join(folder, name);
const put = (name: string, text: string) => {
  writeFileSync(file(name), text, { mode: 0o600 });
  return file(name);
};
let authority: TestAuthority;
let alice: PemPair;

before(async () => {
  authority = await createTestAuthority("example");
  alice = await authority.issue("alice");
});
after(() => rmSync(folder, { recursive: true }));

/** Fails as said, names the place, and quotes nothing of a key. */
async function refuses(credentials: Credentials, reason: Reason, words: RegExp): Promise<void> {
  await assert.rejects(credentials.load(), (error) => {
    assert.ok(isAppError(error, reason), String(error));
    assert.match(error.message, words);
    const inside = alice.key.split("\n")[1] ?? "never";
    assert.ok(
      !JSON.stringify([error.message, error.details, String(error.cause), error.stack]).includes(inside),
    );
    return true;
  });
}

test("three files: whom the certificate names, in which cluster, until when", async () => {
  const files = {
    cert: put("a.crt", alice.cert),
    key: put("a.key", alice.key),
    ca: put("a.cas", authority.ca),
  };
  const material = await fromFiles(files).load();
  assert.deepEqual([material.username, material.clusterName], ["alice", "example"]);
  assert.ok(Math.abs(material.expiresAt - Date.now() - hourMs) < 60_000);
  assert.deepEqual(fromFiles(files).files, [files.cert, files.key, files.ca]);
});

test("each way in which files can be wrong is named, with the file", async () => {
  const other = await authority.issue("bob");
  const good = {
    cert: put("g.crt", alice.cert),
    key: put("g.key", alice.key),
    ca: put("g.cas", authority.ca),
  };
  const expired = await authority.issue("alice", {
    notBeforeAt: Date.now() - 2 * hourMs,
    notAfterAt: Date.now() - hourMs,
  });
  const future = await authority.issue("alice", { notBeforeAt: Date.now() + hourMs / 2 });
  const broken = alice.cert.replace(/\n[^-]{20}/, `\n${"A".repeat(20)}`);
  const locked = execFileSync("openssl", ["pkcs8", "-topk8", "-passout", "pass:secret"], {
    input: alice.key,
    encoding: "utf8",
  });
  mkdirSync(file("dir"));
  const cases: readonly (readonly [Partial<typeof good>, Reason, RegExp])[] = [
    [{ cert: file("none.crt") }, "NOT_FOUND", /none\.crt is not there; it should be a client certificate/],
    [{ cert: file("dir") }, "BAD_PARAMETER", /dir is a directory, not/],
    [{ ca: put("empty.cas", "") }, "BAD_PARAMETER", /empty\.cas holds no PEM certificate/],
    [{ cert: put("cut.crt", alice.cert.slice(0, 100)) }, "BAD_PARAMETER", /cut\.crt ends in the middle/],
    [
      { cert: put("broken.crt", broken) },
      "BAD_PARAMETER",
      /broken\.crt holds a certificate that cannot be read/,
    ],
    [
      { key: put("other.key", other.key) },
      "BAD_PARAMETER",
      /other\.key is not that of the certificate in .*g\.crt/,
    ],
    [{ key: good.cert }, "BAD_PARAMETER", /g\.crt holds no PEM private key/],
    [{ key: put("locked.key", locked) }, "BAD_PARAMETER", /locked\.key is encrypted/],
    [
      { key: put("odd.key", alice.key.replace(/\n.{10}/, "\nAAAAAAAAAA")) },
      "BAD_PARAMETER",
      /odd\.key cannot be read/,
    ],
    [
      { cert: put("old.crt", expired.cert), key: put("old.key", expired.key) },
      "CERTIFICATE_EXPIRED",
      /old\.crt expired at 2.*tctl auth sign/,
    ],
    [
      { cert: put("new.crt", future.cert), key: put("new.key", future.key) },
      "BAD_PARAMETER",
      /valid from .* only; is this clock right/,
    ],
    [{ ca: put("large.cas", "x".repeat(1024 * 1024 + 1)) }, "BAD_PARAMETER", /large\.cas is too large/],
  ];
  for (const [change, reason, words] of cases)
    await refuses(fromFiles({ ...good, ...change }), reason, words);
});

test("a file that this user may not read says so", async () => {
  chmodSync(put("shut.crt", alice.cert), 0);
  const credentials = fromFiles({ cert: file("shut.crt"), key: file("shut.crt"), ca: file("shut.crt") });
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await refuses(credentials, "ACCESS_DENIED", /may not be read by this user/);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test("memory: the same checks", async () => {
  const texts = { cert: alice.cert, key: alice.key, ca: authority.ca };
  assert.equal((await fromMemory(texts).load()).username, "alice");
  await refuses(fromMemory({ ...texts, ca: "" }), "BAD_PARAMETER", /the given ca holds no PEM certificate/);
});

test("identity file: read by prefix, in any order of lines, the last SSH certificate wins", async () => {
  const ssh = "ssh-ed25519-cert-v01@openssh.com AAAA1 alice";
  const host = "@cert-authority *.example ssh-ed25519 AAAA2 type=host";
  const second = await createTestAuthority("example");
  const lines = [
    ssh.replace("AAAA1", "AAAA0"),
    alice.key,
    "a comment",
    `  ${ssh}  `,
    alice.cert,
    host,
    authority.ca,
    second.ca,
  ];
  const path = put("identity", lines.join("\r\n"));
  const material = await fromIdentityFile(path).load();
  assert.deepEqual(material.ssh, { certificate: ssh, hostAuthorities: [host] });
  assert.equal(material.ca.match(/BEGIN CERTIFICATE/g)?.length, 2);
  const text = [alice.key, alice.cert, authority.ca].join("");
  assert.equal((await fromIdentityFile(text).load()).ssh, undefined, "the API does not need the SSH half");
});

test("identity file: what is missing is named", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["nothing", /is not an identity file/],
    [alice.cert + alice.key, /does not begin with a private key/],
    [alice.key, /lacks a TLS certificate/],
    [alice.key + alice.cert, /lacks the certificates of the cluster's authorities/],
    [`${alice.key}${alice.cert}-----BEGIN CERTIFICATE-----\nAAAA`, /was cut off/],
  ];
  for (const [text, words] of cases) await refuses(fromIdentityFile(put("id", text)), "BAD_PARAMETER", words);
});

test("local administrator: by the data directory of the daemon", async () => {
  await refuses(localAdmin(folder), "UNAVAILABLE", /no auth service has run on the data directory/);
  await assert.rejects(localAddress(folder), (error) => isAppError(error, "UNAVAILABLE"));
  put("admin-identity.pem", [alice.key, alice.cert, authority.ca].join(""));
  put("auth-address", "127.0.0.1:3025\n");
  assert.equal((await localAdmin(folder).load()).username, "alice");
  assert.equal(await localAddress(folder), "127.0.0.1:3025");
});
