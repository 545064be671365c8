import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  createSshSigner,
  encodePrivateKeyFile,
  fingerprint,
  formatPublicKeyLine,
  fromKeyObject,
  parseKeyLine,
  parsePrivateKeyFile,
  parsePublicKeyBlob,
  parsePublicKeyLine,
  SshError,
  signSsh,
  toKeyObject,
  verifySsh,
  WireReader,
  wireMpint,
  wireString,
  wireUint32,
  wireUint64,
} from "../index.ts";

const noKeygen = spawnSync("ssh-keygen", ["-?"]).error ? "ssh-keygen is not installed" : false;

const keys: readonly [name: string, privateKey: KeyObject][] = [
  ["ed25519", generateKeyPairSync("ed25519").privateKey],
  ["P-256", generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey],
  ["P-384", generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey],
  ["P-521", generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey],
  ["RSA", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey],
];

function inDirectory(work: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "ssh-"));
  try {
    work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

for (const [name, privateKey] of keys) {
  test(`${name} keys go to blob, line and file and back, and sign`, async () => {
    const publicKey = fromKeyObject(privateKey);
    assert.ok(toKeyObject(publicKey).equals(createPublicKey(privateKey)));
    const line = formatPublicKeyLine(publicKey, "alice@laptop");
    assert.deepEqual(Buffer.from(parsePublicKeyLine(line).blob), Buffer.from(publicKey.blob));
    assert.equal(parseKeyLine(line).comment, "alice@laptop");
    assert.ok(parsePrivateKeyFile(encodePrivateKeyFile(privateKey, "c")).equals(privateKey));
    const data = Buffer.from("data");
    for (let round = 0; round < 20; round++) {
      const signature = await signSsh(createSshSigner(privateKey), data);
      assert.ok(verifySsh(publicKey, data, signature));
      assert.ok(!verifySsh(publicKey, Buffer.from("other"), signature));
    }
  });

  test(`ssh-keygen reads our ${name} private key`, { skip: noKeygen }, () => {
    inDirectory((directory) => {
      const path = join(directory, "key");
      writeFileSync(path, encodePrivateKeyFile(privateKey, "our comment"), { mode: 0o600 });
      const shown = execFileSync("ssh-keygen", ["-y", "-f", path]).toString().trim();
      assert.equal(shown.split(" ").slice(0, 2).join(" "), formatPublicKeyLine(fromKeyObject(privateKey)));
      const print = execFileSync("ssh-keygen", ["-l", "-f", path]).toString();
      assert.ok(print.includes(fingerprint(fromKeyObject(privateKey))));
    });
  });
}

for (const type of ["ed25519", "ecdsa", "rsa"]) {
  test(`a ${type} key that ssh-keygen makes is read`, { skip: noKeygen }, () => {
    inDirectory((directory) => {
      const path = join(directory, "key");
      execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "some comment", "-f", path]);
      const key = parsePrivateKeyFile(readFileSync(path, "utf8"));
      const publicKey = parsePublicKeyLine(readFileSync(`${path}.pub`, "utf8"));
      assert.deepEqual(Buffer.from(fromKeyObject(key).blob), Buffer.from(publicKey.blob));
      execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", "a passphrase", "-f", path]);
      assert.throws(() => parsePrivateKeyFile(readFileSync(path, "utf8")), { code: "UNSUPPORTED" });
    });
  });
}

test("RSA signs rsa-sha2-512 and never counts with SHA-1", async () => {
  const [, rsa] = keys[4]!;
  const data = Buffer.from("data");
  const signature = await signSsh(createSshSigner(rsa), data);
  const reader = new WireReader(signature);
  assert.equal(reader.text(), "rsa-sha2-512");
  const sha1 = Buffer.concat([wireString("ssh-rsa"), wireString(reader.string())]);
  assert.equal(verifySsh(fromKeyObject(rsa), data, sha1), false);
});

test("weak and unknown keys are refused", () => {
  const rsa1024 = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
  const secp256k1 = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey;
  assert.throws(() => fromKeyObject(rsa1024), { code: "WEAK_KEY" });
  assert.throws(() => fromKeyObject(secp256k1), { code: "UNSUPPORTED" });
  assert.throws(() => fromKeyObject(generateKeyPairSync("x25519").publicKey), { code: "UNSUPPORTED" });
  const even = Buffer.concat([
    wireString("ssh-rsa"),
    wireMpint(Buffer.from([4])),
    wireMpint(Buffer.alloc(256, 0xff)),
  ]);
  assert.throws(() => parsePublicKeyBlob(even), { code: "WEAK_KEY" });
  const offCurve = Buffer.concat([
    wireString("ecdsa-sha2-nistp256"),
    wireString("nistp256"),
    wireString(Uint8Array.of(4), Buffer.alloc(64, 1)),
  ]);
  assert.throws(() => parsePublicKeyBlob(offCurve), { code: "MALFORMED" });
});

test("keys of hardware tokens are read but neither verify nor sign here", () => {
  const point = Buffer.from(fromKeyObject(keys[0]![1]).blob).subarray(-32);
  const blob = Buffer.concat([
    wireString("sk-ssh-ed25519@openssh.com"),
    wireString(point),
    wireString("ssh:"),
  ]);
  const key = parsePublicKeyBlob(blob);
  assert.equal(key.type, "sk-ssh-ed25519@openssh.com");
  assert.throws(() => toKeyObject(key), { code: "UNSUPPORTED" });
  assert.throws(() => verifySsh(key, Buffer.alloc(1), wireString("x")), SshError);
});

const badLines = [
  "",
  "ssh-ed25519",
  "ssh-ed25519 AAAA!",
  "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  'command="x" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
];

for (const line of badLines) {
  test(`the line ${JSON.stringify(line.slice(0, 30))} is refused`, () => {
    assert.throws(() => parsePublicKeyLine(line), SshError);
  });
}

test("a comment cannot start a second line", () => {
  assert.throws(() => formatPublicKeyLine(fromKeyObject(keys[0]![1]), "a\nssh-rsa b"), { code: "INVALID" });
});

test("wire values round-trip; arbitrary bytes are read or refused, never worse", () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.nat(),
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.bigInt(1n, 2n ** 90n),
      (bytes, small, large, number) => {
        const hex = number.toString(16);
        const magnitude = Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
        const reader = new WireReader(
          Buffer.concat([wireString(bytes), wireUint32(small), wireUint64(large), wireMpint(magnitude)]),
        );
        assert.deepEqual(Uint8Array.from(reader.string()), bytes);
        assert.deepEqual([reader.uint32(), reader.uint64()], [small, large]);
        assert.equal(BigInt(`0x${reader.mpint().toString("hex")}`), number);
        reader.end();
      },
    ),
  );
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom("text", "string", "mpint", "uint64"),
      (bytes, kind) => {
        try {
          const reader = new WireReader(bytes);
          while (!reader.done) reader[kind]();
        } catch (error) {
          assert.ok(error instanceof SshError);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("a damaged private key file is refused without a word of its content", () => {
  for (const [, key] of keys) {
    const file = encodePrivateKeyFile(key);
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: file.length - 40 }),
        fc.constantFrom("A", "z", "\n", "=", "-"),
        (at, char) => {
          const damaged = file.slice(0, at) + char + file.slice(at + 1);
          try {
            assert.ok(parsePrivateKeyFile(damaged).equals(key));
          } catch (error) {
            assert.ok(error instanceof SshError && error.cause === undefined, String(error));
          }
        },
      ),
      { numRuns: 60 },
    );
  }
});
