import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import {
  encodeJks,
  encodePkcs12,
  type GeneratedKeyAlgorithm,
  generateKey,
  issueCertificate,
  issuerFromCertificate,
  nameOid,
  parseCertificate,
  selfSignedCa,
} from "../index.ts";
import { pkcs12Derive } from "./pkcs12-derive.ts";

const noOpenssl = spawnSync("openssl", ["version"]).error ? "openssl is not installed" : false;
const noKeytool =
  process.env.CI === undefined && spawnSync("keytool", ["-help"]).error
    ? "keytool (a JDK) is not installed"
    : false;
const now = Date.UTC(2026, 5, 1, 12);
const hour = 3_600_000;
const password = "0123456789abcdef0123456789abcdef";
const algorithms: readonly GeneratedKeyAlgorithm[] = ["ecdsa-p256", "ed25519", "rsa-2048"];
const folder = mkdtempSync(join(tmpdir(), "keystores-"));
after(() => rmSync(folder, { recursive: true }));

interface Holder {
  readonly privateKey: KeyObject;
  readonly certificates: readonly [leaf: Uint8Array, ca: Uint8Array];
}

const holders = new Map<GeneratedKeyAlgorithm, Holder>();
let p256: Holder;

before(async () => {
  for (const algorithm of algorithms) holders.set(algorithm, await makeHolder(algorithm));
  p256 = holders.get("ecdsa-p256")!;
});

async function makeHolder(algorithm: GeneratedKeyAlgorithm): Promise<Holder> {
  const caKeys = await generateKey(algorithm);
  const validity = { notBeforeAt: now - hour, notAfterAt: now + 10_000 * hour };
  const names = { commonName: "main", organization: "main" };
  const ca = await selfSignedCa({ ...names, key: caKeys.privateKey, ...validity });
  const { privateKey, publicKey } = await generateKey(algorithm);
  const leaf = await issueCertificate({
    issuer: issuerFromCertificate(parseCertificate(ca), caKeys.privateKey),
    subject: [[{ oid: nameOid.commonName, value: "db.example.com" }]],
    ...{ publicKey, ...validity, keyUsage: ["digitalSignature"], extKeyUsage: ["serverAuth"] },
  });
  return { privateKey, certificates: [leaf, ca] };
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const passwordFile = write("password", `${password}\n`);

function openssl(path: string, ...flags: string[]): string {
  const all = ["pkcs12", "-in", path, "-passin", `file:${passwordFile}`, ...flags];
  return execFileSync("openssl", all, { encoding: "utf8", stdio: "pipe" });
}

function keytool(...flags: string[]) {
  const { status, stdout, stderr } = spawnSync("keytool", ["-J-Duser.language=en", ...flags], {
    encoding: "utf8",
  });
  return { status, said: `${stdout}${stderr}` };
}

function fingerprint256(der: Uint8Array): string {
  return new X509Certificate(der).fingerprint256;
}

for (const algorithm of algorithms) {
  for (const protection of ["modern", "legacy"] as const) {
    test(`openssl reads a ${protection} PKCS#12 file with a ${algorithm} key`, {
      skip: noOpenssl,
    }, async () => {
      const holder = holders.get(algorithm)!;
      const path = write(
        "store.p12",
        await encodePkcs12({ ...holder, name: "db example", password, protection }),
      );
      const key = createPrivateKey(openssl(path, "-nocerts", "-noenc"));
      assert.ok(key.equals(holder.privateKey));
      const [leaf, ca] = holder.certificates;
      const shown = (...flags: string[]) => new X509Certificate(openssl(path, "-nokeys", ...flags)).raw;
      assert.deepEqual(shown("-clcerts"), Buffer.from(leaf));
      assert.deepEqual(shown("-cacerts"), Buffer.from(ca));
      const info = spawnSync(
        "openssl",
        ["pkcs12", "-in", path, "-passin", `file:${passwordFile}`, "-info", "-noout"],
        {
          encoding: "utf8",
        },
      ).stderr;
      const how = {
        modern:
          /MAC: sha256, Iteration 10000[\s\S]*PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256/,
        legacy: /MAC: sha1, Iteration 10000[\s\S]*pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 10000/,
      };
      assert.match(info, how[protection]);
      assert.match(openssl(path, "-nokeys", "-clcerts"), /friendlyName: db example/);
    });
  }
}

test("a wrong password opens no PKCS#12 file", { skip: noOpenssl }, async () => {
  const path = write("store.p12", await encodePkcs12({ ...p256, name: "db", password }));
  const result = spawnSync(
    "openssl",
    ["pkcs12", "-in", path, "-passin", `file:${write("wrong", "password\n")}`, "-noout"],
    {
      encoding: "utf8",
    },
  );
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /invalid password/);
});

for (const protection of ["modern", "legacy"] as const) {
  test(`keytool lists a ${protection} PKCS#12 file`, { skip: noKeytool }, async () => {
    const path = write("java.p12", await encodePkcs12({ ...p256, name: "db", password, protection }));
    const { said } = keytool(
      "-list",
      "-v",
      "-storetype",
      "PKCS12",
      "-keystore",
      path,
      "-storepass:file",
      passwordFile,
    );
    assert.match(said, /Alias name: db\n/);
    assert.match(said, /Entry type: PrivateKeyEntry\nCertificate chain length: 2/);
    for (const certificate of p256.certificates) assert.ok(said.includes(fingerprint256(certificate)), said);
  });
}

test("keytool lists a JKS keystore and truststore, and takes the keys out", { skip: noKeytool }, () => {
  const entries = [
    ...algorithms.map((algorithm) => ({
      alias: `Key ${algorithm}`,
      createdAt: now,
      ...holders.get(algorithm)!,
    })),
    { alias: "ca", createdAt: now, trustedCertificate: p256.certificates[1] },
  ];
  const path = write("store.jks", encodeJks({ entries, password }));
  const store = ["-keystore", path, "-storepass:file", passwordFile];
  const { said, status } = keytool("-list", "-v", "-storetype", "JKS", ...store);
  assert.equal(status, 0, said);
  assert.match(said, /Keystore type: JKS/);
  assert.match(said, /contains 4 entries/);
  for (const { certificates } of holders.values()) {
    for (const certificate of certificates) assert.ok(said.includes(fingerprint256(certificate)));
  }
  assert.match(said, /Alias name: ca\nCreation date: .*2026\nEntry type: trustedCertEntry/);
  for (const [algorithm, { privateKey }] of holders) {
    const out = join(folder, `${algorithm}.out.p12`);
    const to = ["-destkeystore", out, "-deststoretype", "PKCS12", "-deststorepass:file", passwordFile];
    const from = ["-srckeystore", path, "-srcstoretype", "JKS", "-srcstorepass:file", passwordFile];
    const taken = keytool("-importkeystore", ...from, ...to, "-srcalias", `key ${algorithm}`);
    assert.equal(taken.status, 0, taken.said);
    if (noOpenssl === false)
      assert.ok(createPrivateKey(openssl(out, "-nocerts", "-noenc")).equals(privateKey));
  }
});

test("keytool refuses a JKS keystore with a wrong password or a changed octet", { skip: noKeytool }, () => {
  const store = encodeJks({ entries: [{ alias: "db", createdAt: now, ...p256 }], password });
  const list = (bytes: Uint8Array, secret: string) => {
    const flags = ["-storetype", "JKS", "-keystore", write("bad.jks", bytes), "-storepass:file", secret];
    return keytool("-list", ...flags);
  };
  assert.match(list(store, write("wrong", "password\n")).said, /password was incorrect/);
  // An octet of the creation date: only the seal tells.
  const changed = Buffer.from(store);
  changed[25] = (changed[25] ?? 0) ^ 1;
  assert.match(list(changed, passwordFile).said, /tampered with, or password was incorrect/);
});

test("neither password nor key stands in the file", async () => {
  const key = p256.privateKey.export({ type: "pkcs8", format: "der" });
  const secrets = [
    password,
    Buffer.from(password, "utf16le"),
    Buffer.from(password, "utf16le").swap16(),
    key.subarray(-100, -70),
  ];
  const files = [
    encodeJks({ entries: [{ alias: "db", createdAt: now, ...p256 }], password }),
    await encodePkcs12({ ...p256, name: "db", password }),
    await encodePkcs12({ ...p256, name: "db", password, protection: "legacy" }),
  ];
  for (const file of files) for (const secret of secrets) assert.equal(file.includes(secret), false);
});

test("a key with the certificate of another goes into no keystore", async () => {
  const stranger = { ...p256, certificates: holders.get("rsa-2048")!.certificates };
  for (const entry of [
    stranger,
    { ...p256, certificates: [] },
    { ...p256, certificates: p256.certificates.toReversed() },
  ]) {
    assert.throws(() => encodeJks({ entries: [{ alias: "db", createdAt: now, ...entry }], password }), {
      code: "MISMATCH",
    });
    await assert.rejects(encodePkcs12({ ...entry, name: "db", password }), { code: "MISMATCH" });
  }
});

test("threat 7: an empty password is refused, as is one that programs read in different ways", async () => {
  for (const bad of ["", "pässword", "a\nbcdefg", "x".repeat(1025), "\ud800abcdef"]) {
    assert.throws(() => encodeJks({ entries: [], password: bad }), { name: "X509Error", code: "INVALID" });
    await assert.rejects(encodePkcs12({ ...p256, name: "db", password: bad }), {
      name: "X509Error",
      code: "INVALID",
    });
  }
  assert.throws(() => encodeJks({ entries: [], password: "short" }), { code: "INVALID" });
});

test("names and times that must not be written are refused", async () => {
  const jks = (alias: string, createdAt = now) =>
    encodeJks({ entries: [{ alias, createdAt, ...p256 }], password });
  for (const bad of ["", " a", "a ", "a\0", "ä", "x".repeat(256)]) {
    assert.throws(() => jks(bad), { code: "INVALID" });
    await assert.rejects(encodePkcs12({ ...p256, name: bad, password }), { code: "INVALID" });
  }
  for (const at of [-1, 1.5, Number.NaN]) assert.throws(() => jks("db", at), { code: "INVALID" });
  const twice = ["db", "DB"].map((alias) => ({
    alias,
    createdAt: now,
    trustedCertificate: p256.certificates[1],
  }));
  assert.throws(() => encodeJks({ entries: twice, password }), { code: "INVALID" });
  const broken = [{ alias: "ca", createdAt: now, trustedCertificate: Buffer.from("no") }];
  assert.throws(() => encodeJks({ entries: broken, password }), { code: "MALFORMED" });
});

test("keys are derived as openssl derives them", { skip: noOpenssl }, () => {
  fc.assert(
    fc.property(
      fc.constantFrom("sha1" as const, "sha256" as const),
      fc.uint8Array({ minLength: 2, maxLength: 140 }),
      fc.uint8Array({ minLength: 1, maxLength: 70 }),
      fc.record({ purpose: fc.constantFrom(1, 2, 3), iterations: fc.integer({ min: 1, max: 30 }) }),
      fc.integer({ min: 1, max: 100 }),
      (digest, secret, salt, { purpose, iterations }, length) => {
        const made = pkcs12Derive({ digest, purpose, password: secret, salt, iterations, length });
        const options = {
          digest: digest.toUpperCase(),
          hexpass: Buffer.from(secret).toString("hex"),
          hexsalt: Buffer.from(salt).toString("hex"),
          ...{ id: purpose, iter: iterations },
        };
        const flags = Object.entries(options).flatMap(([name, value]) => ["-kdfopt", `${name}:${value}`]);
        const args = ["kdf", "-keylen", `${length}`, ...flags, "-binary", "PKCS12KDF"];
        assert.deepEqual(made, execFileSync("openssl", args, { stdio: "pipe" }));
      },
    ),
    { numRuns: 40 },
  );
});
