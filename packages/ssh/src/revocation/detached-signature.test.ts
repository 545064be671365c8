import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import {
  createSshSigner,
  encodeKrl,
  formatPublicKeyLine,
  fromKeyObject,
  type KrlTemplate,
  SshError,
  signDetached,
  verifyDetached,
} from "../index.ts";

const noKeygen = spawnSync("ssh-keygen", ["-?"]).error ? "ssh-keygen is not installed" : false;
const now = Date.UTC(2026, 5, 1, 12);
const ca = createSshSigner(generateKeyPairSync("ed25519").privateKey);
const otherCa = createSshSigner(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
const rsaCa = createSshSigner(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
const holder = fromKeyObject(generateKeyPairSync("ed25519").privateKey);
const otherHolder = fromKeyObject(generateKeyPairSync("ed25519").privateKey);
const folder = mkdtempSync(join(tmpdir(), "krl-"));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function krl(template: Partial<KrlTemplate>) {
  return encodeKrl({ version: 3n, generatedAt: now, comment: "main", ...template });
}

for (const [name, signer] of Object.entries({ ed25519: ca, p256: otherCa, rsa: rsaCa })) {
  test(`ssh-keygen verifies our detached signature of a ${name} key, and we verify its`, {
    skip: noKeygen,
  }, async () => {
    const list = krl({ keys: [holder] });
    const armor = await signDetached(signer, list, "krl@example.com");
    const allowed = write("allowed", `ca ${formatPublicKeyLine(signer.publicKey)}\n`);
    const verify = (message: Uint8Array, namespace: string) =>
      spawnSync(
        "ssh-keygen",
        ["-Y", "verify", "-f", allowed, "-I", "ca", "-n", namespace, "-s", write("list.sig", armor)],
        { input: message },
      ).status;
    assert.equal(verify(list, "krl@example.com"), 0);
    assert.notEqual(verify(list, "file"), 0);
    assert.notEqual(verify(krl({ keys: [otherHolder] }), "krl@example.com"), 0);
    const keys = [otherHolder, signer.publicKey];
    assert.equal(verifyDetached(armor, list, { namespace: "krl@example.com", keys }), signer.publicKey);
    assert.equal(verifyDetached(armor, list, { namespace: "file", keys }), undefined);
    assert.equal(
      verifyDetached(armor, list, { namespace: "krl@example.com", keys: [otherHolder] }),
      undefined,
    );
    assert.equal(verifyDetached(armor, Buffer.alloc(1), { namespace: "krl@example.com", keys }), undefined);
  });
}

test("a signature that ssh-keygen makes is verified", { skip: noKeygen }, () => {
  const keyPath = join(folder, "signer");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", keyPath]);
  const message = write("message", "hello");
  for (const digest of ["sha256", "sha512"]) {
    rmSync(`${message}.sig`, { force: true });
    execFileSync(
      "ssh-keygen",
      ["-Y", "sign", "-f", keyPath, "-n", "file", "-O", `hashalg=${digest}`, message],
      { stdio: "pipe" },
    );
    const [, base64 = ""] = readFileSync(`${keyPath}.pub`, "utf8").split(" ");
    const keys = [{ type: "ssh-ed25519" as const, blob: Buffer.from(base64, "base64") }];
    const armor = readFileSync(`${message}.sig`, "utf8");
    assert.equal(verifyDetached(armor, Buffer.from("hello"), { namespace: "file", keys }), keys[0]);
    assert.equal(verifyDetached(armor, Buffer.from("hellO"), { namespace: "file", keys }), undefined);
  }
});

test("threat 38: hostile signatures are refused with an error of this package or not verified", async () => {
  const message = Buffer.from("m");
  const armor = await signDetached(ca, message, "krl");
  const body = Buffer.from(armor.split("\n").slice(1, -2).join(""), "base64");
  const rearmored = (bytes: Uint8Array) =>
    `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(bytes).toString("base64")}\n-----END SSH SIGNATURE-----\n`;
  const trust = { namespace: "krl", keys: [ca.publicKey] };
  assert.equal(verifyDetached(rearmored(body), message, trust), ca.publicKey);
  fc.assert(
    fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] ?? 0) ^ flip;
      try {
        assert.equal(verifyDetached(rearmored(changed), message, trust), undefined);
      } catch (error) {
        assert.ok(error instanceof SshError, String(error));
      }
    }),
    { numRuns: 400 },
  );
  await assert.rejects(signDetached(ca, message, ""), { code: "INVALID" });
  await assert.rejects(signDetached(ca, message, "a\nb"), { code: "INVALID" });
});
