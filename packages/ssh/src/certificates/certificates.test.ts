import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  createSshSigner,
  encodePrivateKeyFile,
  formatKnownHostsAuthority,
  formatPublicKeyLine,
  formatUserAuthority,
  fromKeyObject,
  isPrincipal,
  issueSshCertificate,
  parsePublicKeyBlob,
  parseSshCertificate,
  type SshCertificateTemplate,
  SshError,
  type SshPublicKey,
  type SshSigner,
  type SshVerification,
  signSsh,
  verifySshCertificate,
  wireString,
} from "../index.ts";
import { decodeOptions, encodeOptions } from "./options.ts";

const noKeygen = spawnSync("ssh-keygen", ["-?"]).error ? "ssh-keygen is not installed" : false;
const now = Date.UTC(2026, 5, 1, 12);
const hour = 3_600_000;

const privateKeys = {
  ed25519: generateKeyPairSync("ed25519").privateKey,
  p256: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  p521: generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey,
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
};
const names = Object.keys(privateKeys) as (keyof typeof privateKeys)[];
const ca = createSshSigner(privateKeys.ed25519);
const holderKey = generateKeyPairSync("ed25519").privateKey;
const holder = fromKeyObject(holderKey);
const skKey = parsePublicKeyBlob(
  Buffer.concat([
    wireString("sk-ssh-ed25519@openssh.com"),
    Buffer.from(holder.blob).subarray(-36),
    wireString("ssh:"),
  ]),
);

function template(changes: Partial<SshCertificateTemplate> = {}): SshCertificateTemplate {
  return {
    ...{
      signer: ca,
      use: "user",
      publicKey: holder,
      keyId: "alice",
      principals: ["root", "-teleport-internal-join"],
    },
    ...{ validAfterAt: now - 60_000, validBeforeAt: now + hour },
    ...changes,
  };
}

const situation: SshVerification = { use: "user", authorities: [ca.publicKey], now, principal: "root" };

async function judge(changes: Partial<SshCertificateTemplate>, differently: Partial<SshVerification> = {}) {
  const { blob } = await issueSshCertificate(template(changes));
  const verdict = verifySshCertificate(parseSshCertificate(blob), { ...situation, ...differently });
  return verdict.ok ? "ok" : verdict.refusal;
}

for (const signerName of names) {
  for (const keyName of names) {
    test(`ssh-keygen reads a certificate for ${keyName} signed by ${signerName}, and we read it back`, {
      skip: noKeygen,
    }, async () => {
      const signer = createSshSigner(privateKeys[signerName]);
      const publicKey = fromKeyObject(privateKeys[keyName]);
      const extensions = {
        "permit-pty": "",
        "teleport-roles": '{"roles":["a"]}',
        "login@github.com": "alice",
      };
      const criticalOptions = { "source-address": "10.0.0.1/32,::1", "force-command": "echo hi" };
      const issued = await issueSshCertificate(
        template({ signer, publicKey, extensions, criticalOptions, serial: 7n }),
      );
      const shown = execFileSync("ssh-keygen", ["-L", "-f", "-"], {
        input: `${issued.line}\n`,
        env: { TZ: "UTC" },
      }).toString();
      for (const part of [
        'Key ID: "alice"',
        "Serial: 7",
        "from 2026-06-01T11:59:00 to 2026-06-01T13:00:00",
        "-teleport-internal-join",
        "force-command echo hi",
        "source-address 10.0.0.1/32,::1",
        "permit-pty",
        ...(signerName === "rsa" ? ["using rsa-sha2-512"] : []),
      ]) {
        assert.ok(shown.includes(part), `${part} in ${shown}`);
      }
      const read = parseSshCertificate(issued.line);
      assert.deepEqual([read.extensions, read.criticalOptions], [extensions, criticalOptions]);
      assert.deepEqual(Buffer.from(read.publicKey.blob), Buffer.from(publicKey.blob));
      const asked = {
        ...situation,
        authorities: [signer.publicKey],
        remoteAddress: "::ffff:10.0.0.1",
        honours: ["force-command"],
      };
      assert.deepEqual(verifySshCertificate(read, asked), { ok: true });
    });
  }
}

test("OpenSSH accepts our user certificate as a signer under its CA, and only for its principals", {
  skip: noKeygen,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), "ssh-"));
  try {
    const path = (name: string) => join(directory, name);
    const at = Date.now();
    const times = { validAfterAt: at - 60_000, validBeforeAt: at + hour };
    for (const signerName of names) {
      const signer = createSshSigner(privateKeys[signerName]);
      const { line } = await issueSshCertificate(template({ signer, ...times }));
      writeFileSync(path("key"), encodePrivateKeyFile(holderKey), { mode: 0o600 });
      writeFileSync(path("key.pub"), `${line}\n`);
      writeFileSync(path("allowed"), `* cert-authority ${formatPublicKeyLine(signer.publicKey)}\n`);
      writeFileSync(path("data"), "data");
      rmSync(path("data.sig"), { force: true });
      execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-n", "file", "-f", path("key.pub"), path("data")], {
        stdio: "ignore",
      });
      const verify = (identity: string) =>
        spawnSync(
          "ssh-keygen",
          ["-Y", "verify", "-n", "file", "-I", identity, "-f", path("allowed"), "-s", path("data.sig")],
          { input: "data" },
        );
      const found = spawnSync("ssh-keygen", [
        "-Y",
        "find-principals",
        "-f",
        path("allowed"),
        "-s",
        path("data.sig"),
      ]);
      assert.equal(found.stdout.toString().trim().split("\n")[0], "root", found.stderr.toString());
      assert.equal(verify("root").status, 0, verify("root").stderr.toString());
      assert.notEqual(verify("mallory").status, 0);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("certificates are judged by use, authority, signature, time and principal", async () => {
  const stranger = createSshSigner(privateKeys.p256);
  const impostor: SshSigner = { publicKey: ca.publicKey, key: generateKeyPairSync("ed25519").privateKey };
  assert.equal(await judge({}), "ok");
  assert.equal(await judge({ validBeforeAt: "forever" }, { now: now * 2 }), "ok");
  assert.equal(await judge({}, { use: "host" }), "wrong use");
  assert.equal(await judge({ signer: stranger }), "unknown authority");
  assert.equal(await judge({}, { authorities: [] }), "unknown authority");
  assert.equal(await judge({ signer: impostor }), "bad signature");
  assert.equal(await judge({}, { now: now - 60_001 }), "not yet valid");
  assert.equal(await judge({}, { now: now + hour - 1 }), "ok");
  assert.equal(await judge({}, { now: now + hour }), "expired");
  for (const principal of ["", "alice", "Root", "root ", "*", "root,alice"]) {
    assert.equal(await judge({}, { principal }), "wrong principal", principal);
  }
});

test("threat 1: a certificate is never a CA's key and never gets a certificate, whatever its type", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.constantFrom(...names),
      fc.boolean(),
      async (inner, outer, relabel) => {
        const caKey = privateKeys[outer];
        const { blob } = await issueSshCertificate(template({ publicKey: fromKeyObject(caKey) }));
        const type = parseSshCertificate(blob).type;
        const nested = { type: relabel ? fromKeyObject(caKey).type : type, blob } as SshPublicKey;
        assert.throws(() => parsePublicKeyBlob(blob), { code: "UNSUPPORTED" });
        const asSigner = template({
          signer: { publicKey: nested, key: caKey },
          publicKey: fromKeyObject(privateKeys[inner]),
        });
        await assert.rejects(issueSshCertificate(asSigner), { code: "UNSUPPORTED" });
        await assert.rejects(issueSshCertificate(template({ publicKey: nested })), { code: "UNSUPPORTED" });
        const forged = await forgeWithCaBlob(blob, caKey);
        assert.throws(() => parseSshCertificate(forged), { code: "UNSUPPORTED" });
      },
    ),
    { numRuns: 40 },
  );
});

/** A certificate with a good signature whose CA key field holds the blob. */
async function forgeWithCaBlob(caBlob: Uint8Array, key: KeyObject): Promise<Buffer> {
  const { blob } = await issueSshCertificate(template());
  const { signed } = parseSshCertificate(blob);
  const head = Buffer.from(signed).subarray(0, signed.length - ca.publicKey.blob.length - 4);
  const body = Buffer.concat([head, wireString(caBlob)]);
  return Buffer.concat([body, wireString(await signSsh(createSshSigner(key), body))]);
}

test("threat 1: a hardware key gets a certificate and never signs one", async () => {
  const { blob } = await issueSshCertificate(template({ publicKey: skKey }));
  assert.equal(parseSshCertificate(blob).type, "sk-ssh-ed25519-cert-v01@openssh.com");
  const signer = { publicKey: skKey, key: privateKeys.ed25519 };
  await assert.rejects(issueSshCertificate(template({ signer })), { code: "UNSUPPORTED" });
  const forged = await forgeWithCaBlob(skKey.blob, privateKeys.ed25519);
  assert.throws(() => parseSshCertificate(forged), { code: "UNSUPPORTED" });
});

test("threat 2: no principals is refused when signing, for users and hosts, and when verifying", async () => {
  for (const use of ["user", "host"] as const) {
    await assert.rejects(issueSshCertificate(template({ use, principals: [] })), { code: "INVALID" });
  }
  const certificate = {
    ...parseSshCertificate((await issueSshCertificate(template())).blob),
    principals: [],
  };
  assert.deepEqual(verifySshCertificate(certificate, situation), { ok: false, refusal: "no principals" });
});

const badPrincipals = [
  "",
  " ",
  "a b",
  "a,b",
  "*",
  "a*",
  "?",
  "!a",
  "a\n",
  "a\0",
  "\u007f",
  "é",
  "a\u200b",
  "x".repeat(256),
];

test("threat 3: the signer refuses every principal outside its allow-list", async () => {
  for (const use of ["user", "host"] as const) {
    for (const bad of badPrincipals) {
      await assert.rejects(
        issueSshCertificate(template({ use, principals: ["ok", bad] })),
        { code: "INVALID" },
        bad,
      );
    }
  }
  await assert.rejects(issueSshCertificate(template({ principals: Array(257).fill("a") })), {
    code: "INVALID",
  });
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.constantFrom("user" as const, "host" as const),
      (text, use) => {
        if (isPrincipal(text, use)) assert.match(text, /^[A-Za-z0-9._@+\\:-]+$/);
      },
    ),
    { numRuns: 2000 },
  );
});

test("names of hosts and users in real life are principals", async () => {
  const hosts = [
    "::1",
    "127.0.0.1",
    "localhost",
    "8a0a2c8e-5b1d-4c6e-9f7a-1c2d3e4f5a6b.example.com",
    "node-1_a",
  ];
  for (const host of hosts) assert.ok(isPrincipal(host, "host"), host);
  const users = ["root", "alice@example.com", "-teleport-internal-join", "DOMAIN\\alice", "a+b", "svc_x.y"];
  for (const user of users) assert.ok(isPrincipal(user, "user"), user);
  const issued = await issueSshCertificate(
    template({ use: "host", keyId: "", principals: hosts, validBeforeAt: "forever" }),
  );
  assert.equal(await judge({ use: "host", principals: hosts }, { use: "host", principal: "::1" }), "ok");
  assert.equal(parseSshCertificate(issued.blob).validBeforeAt, "forever");
});

test("threat 5: a critical option that nobody honours refuses the certificate", async () => {
  const command = { criticalOptions: { "force-command": "true" } };
  assert.equal(await judge(command), "unknown critical option");
  assert.equal(await judge(command, { honours: ["force-command"] }), "ok");
  const address = { criticalOptions: { "source-address": "10.1.0.0/16,2001:db8::/32" } };
  const from = (remoteAddress?: string) =>
    judge(address, remoteAddress === undefined ? {} : { remoteAddress });
  assert.equal(await from(), "wrong source address");
  assert.equal(await from("10.1.2.3"), "ok");
  assert.equal(await from("::ffff:10.1.2.3"), "ok");
  assert.equal(await from("10.2.0.1"), "wrong source address");
  assert.equal(await from("2001:db8::5"), "ok");
  assert.equal(await from("not an address"), "wrong source address");
  const stranger = {
    ...parseSshCertificate((await issueSshCertificate(template())).blob),
    criticalOptions: { new: "" },
  };
  const verdict = verifySshCertificate(stranger, { ...situation, honours: ["new"] });
  assert.deepEqual(verdict, { ok: false, refusal: "unknown critical option" });
});

test("templates that must not be signed are refused", async () => {
  const wrong: readonly Partial<SshCertificateTemplate>[] = [
    { criticalOptions: { unknown: "" } },
    { criticalOptions: { "source-address": "10.0.0.0/33" } },
    { criticalOptions: { "source-address": "" } },
    { criticalOptions: { "force-command": "a\nb" } },
    { use: "host", criticalOptions: { "force-command": "x" } },
    { extensions: { "a b": "" } },
    { extensions: { "": "" } },
    { extensions: { x: "\ud800" } },
    { keyId: "a\nb" },
    { keyId: "x".repeat(2000) },
    { validBeforeAt: now - hour },
    { validBeforeAt: Number.NaN },
    { validAfterAt: -1 },
  ];
  for (const changes of wrong)
    await assert.rejects(issueSshCertificate(template(changes)), { code: "INVALID" });
});

test("options are sorted, wrapped as OpenSSH wants, and unsorted or doubled ones are refused", async () => {
  const encoded = encodeOptions({ b: "", a: "v" });
  assert.equal(encoded.toString("hex"), "000000170000000161000000050000000176000000016200000000");
  const flags = (...list: string[]) =>
    Buffer.concat(list.flatMap((name) => [wireString(name), wireString()]));
  assert.deepEqual(decodeOptions(flags("a", "b")), { a: "", b: "" });
  for (const wrong of [flags("b", "a"), flags("a", "a"), flags(""), flags("a").subarray(1)]) {
    assert.throws(() => decodeOptions(wrong), SshError);
  }
  assert.throws(() => decodeOptions(Buffer.concat([wireString("a"), wireString("bare")])), SshError);
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z@.-]{0,8}$/), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(names, fc.string(), async (list, value) => {
      const clean = value.replaceAll(/\p{Cc}/gu, "");
      const extensions = Object.fromEntries(list.map((name) => [name, clean]));
      const read = parseSshCertificate((await issueSshCertificate(template({ extensions }))).blob);
      assert.deepEqual(read.extensions, extensions);
    }),
  );
});

test("mutated certificates are refused or no longer verify, never worse", async () => {
  const { blob } = await issueSshCertificate(template({ extensions: { "permit-pty": "", a: "b" } }));
  const mutations = fc.array(fc.tuple(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(mutations, fc.nat(blob.length), (changes, length) => {
      const bytes = Buffer.from(blob);
      for (const [at, flip] of changes) bytes[at] = (bytes[at] ?? 0) ^ flip;
      for (const input of [bytes, bytes.subarray(0, length)]) {
        try {
          const { ok } = verifySshCertificate(parseSshCertificate(input), situation);
          assert.ok(!ok || input.equals(blob));
        } catch (error) {
          assert.ok(error instanceof SshError, String(error));
        }
      }
    }),
    { numRuns: 1500 },
  );
});

test("trust lines say what OpenSSH expects and cannot be broken out of", () => {
  const key = formatPublicKeyLine(ca.publicKey);
  assert.equal(
    formatKnownHostsAuthority({
      patterns: ["main", "*.main"],
      publicKey: ca.publicKey,
      comment: "type=host",
    }),
    `@cert-authority main,*.main ${key} type=host`,
  );
  assert.equal(
    formatUserAuthority(ca.publicKey, "clustername=main&type=user"),
    `cert-authority ${key} clustername=main&type=user`,
  );
  for (const patterns of [[], [""], ["a b"], ["a\n"], ["a,b"], ["!a"]]) {
    assert.throws(() => formatKnownHostsAuthority({ patterns, publicKey: ca.publicKey }), {
      code: "INVALID",
    });
  }
});
