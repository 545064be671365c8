import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { clone, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  CertAuthoritySpecV2Schema,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { newRevision } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { type Backend, key, openBackend, type Revision } from "../../storage/index.ts";
import { openKeyring } from "../keyring.ts";
import { type AuthorityStore, openAuthorityStore } from "../store.ts";
import type { EncryptionWish } from "./decide-encryption.ts";
import type { KeySource } from "./key-source.ts";
import { settleKeyEncryption } from "./settle-encryption.ts";

const CLUSTER = "one.example";
const clock = new StoppedClock();
let folder: string;
let database: string;
let backend: Backend | undefined;
const logged: string[] = [];
const logger = { ...silentLogger, error: (message: string) => void logged.push(message) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-sealing-"));
  database = join(folder, "data");
  mkdirSync(database, { mode: 0o700 });
  logged.length = 0;
});
afterEach(async () => {
  await backend?.close();
  rmSync(folder, { recursive: true });
});

/** A start of the service: the same database, with what the configuration says now. */
async function start(wish: Partial<EncryptionWish> = {}, timeoutMs = 10_000): Promise<AuthorityStore> {
  await backend?.close();
  backend = await openBackend({ kind: "sqlite", path: join(database, "d.sqlite"), clock });
  const full = { current: undefined, previous: undefined, commandTimeoutMs: timeoutMs, ...wish };
  const sealing = await settleKeyEncryption({ backend, logger, wish: full });
  const store = openAuthorityStore({ backend, clock, clusterName: CLUSTER, sealing });
  (await openKeyring(backend, store, CLUSTER)).close();
  return store;
}

const file = (name: string, text: string, mode = 0o600) => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
};
const keyFile = (name = "key", secret = randomBytes(32).toString("base64")): KeySource => ({
  kind: "key_file",
  path: file(name, `${secret}\n`),
});
/** Every file of the database as one text. */
const onDisk = () => Buffer.concat(readdirSync(database).map((name) => readFileSync(join(database, name))));

/** What of the private keys anybody could find: PEM, OpenSSH's form, and their numbers as they are. */
async function secretsOf(store: AuthorityStore): Promise<readonly Buffer[]> {
  const { ActiveKeys: keys } = (await store.ensure("user")).Spec!;
  const pem = Buffer.from(keys!.TLS[0]!.Key);
  const lines = (text: Buffer) =>
    text
      .toString()
      .split("\n")
      .filter((line) => line.length > 20 && !line.includes("-----"));
  const inside = [pem, Buffer.from(keys!.SSH[0]!.PrivateKey)].flatMap(lines).map((line) => Buffer.from(line));
  assert.ok(inside.length >= 4);
  return [Buffer.from("PRIVATE KEY"), ...inside];
}
/** The authority of users, keys included, in a form that can be compared. */
async function specOf(store: AuthorityStore): Promise<string> {
  const { Spec: spec } = await store.ensure("user");
  return Buffer.from(toBinary(CertAuthoritySpecV2Schema, spec!)).toString("hex");
}

const refusal = (says: RegExp) => (error: unknown) =>
  error instanceof AppError && says.test(`${error.message}\n${error.hint}`);

test("threat 23: an existing cluster's keys are encrypted at the next start, and nothing of them is left on the disk", async () => {
  const before = await start();
  const secrets = await secretsOf(before);
  await before.of("db").get(CLUSTER);
  const spec = await specOf(before);
  // A change of the cluster's word on the authority leaves an old row and an old entry of the log behind.
  await before.of("user").update(clone(CertAuthorityV2Schema, await before.ensure("user")));
  await backend!.close();
  for (const secret of secrets) assert.ok(onDisk().includes(secret), "the test looks where they were");
  const after = await start({ current: keyFile() });
  for (const secret of secrets) assert.ok(!onDisk().includes(secret));
  assert.equal(await specOf(after), spec);
  await after.ensure("jwt");
  await backend!.close();
  for (const secret of await secretsAfter()) assert.ok(!onDisk().includes(secret));
  assert.deepEqual(logged, []);
});

const secretsAfter = async () => [Buffer.from("PRIVATE KEY"), Buffer.from("-----BEGIN OPENSSH")];

test("a new cluster has never had them in clear", async () => {
  const store = await start({ current: keyFile() });
  const secrets = await secretsOf(store);
  for (const secret of secrets) assert.ok(!onDisk().includes(secret));
  await backend!.close();
  for (const secret of secrets) assert.ok(!onDisk().includes(secret));
});

const sources: Readonly<Record<string, () => KeySource>> = {
  "a key file in base64": () => keyFile(),
  "a key file in hexadecimal": () => keyFile("hex", randomBytes(32).toString("hex")),
  "a passphrase in a file": () => ({
    kind: "passphrase_file",
    path: file("phrase", "correct horse battery\n"),
  }),
  "a passphrase that a program prints": () => ({
    kind: "passphrase_command",
    command: ["/bin/echo", "correct horse battery"],
  }),
  "a program that wraps": () => ({ kind: "command", command: [kms()] }),
};

/** Encrypts with openssl, under a key of its own that only this program knows. */
function kms(name = "kms", secret = "of-the-kms"): string {
  const crypt = `/usr/bin/env openssl enc -aes-256-cbc -pbkdf2 -base64 -A -pass pass:${secret}`;
  return file(
    name,
    `#!/bin/sh\ncase "$1" in\nwrap) ${crypt} && echo ;;\nunwrap) ${crypt} -d ;;\n*) exit 3 ;;\nesac\n`,
    0o700,
  );
}

for (const [name, make] of Object.entries(sources)) {
  test(`${name}: the keys are there again at the next start, and can be rotated into new ones`, async () => {
    const current = make();
    const first = await start({ current });
    const spec = await specOf(first);
    const second = await start({ current });
    assert.equal(await specOf(second), spec);
    const stored = clone(CertAuthorityV2Schema, await second.ensure("user"));
    stored.Spec!.AdditionalTrustedKeys = await second.newKeys("user");
    await second.of("user").update(stored);
    const rotated = await specOf(second);
    assert.notEqual(rotated, spec);
    assert.equal(await specOf(await start({ current })), rotated);
    assert.ok(!onDisk().includes("PRIVATE KEY"));
  });
}

test("what is wrong with a key is said before anything is changed, and without the key", async () => {
  const secret = randomBytes(32).toString("base64");
  const open = keyFile("open");
  chmodSync((open as { path: string }).path, 0o644);
  // Only root can give a file away; what is decided on such a file has its own table.
  const isRoot = process.geteuid?.() === 0;
  const foreign = (source: KeySource) => {
    chownSync((source as { path: string }).path, 65_534, 0);
    return source;
  };
  const cases: readonly (readonly [KeySource, RegExp])[] = [
    [{ kind: "key_file", path: join(folder, "none") }, /none is not there/],
    [open, /open can be read by others \(mode 644\): chmod 600/],
    ...(isRoot
      ? ([[foreign(keyFile("foreign")), /foreign belongs to another user .*: chown 0/]] as const)
      : []),
    [{ kind: "key_file", path: folder }, /is not a file/],
    [keyFile("short", "c2hvcnQ="), /short does not hold a key of 256 bits.*\n.*openssl rand -base64 32/],
    [{ kind: "passphrase_file", path: file("weak", "weak\n") }, /one line of at least 12 characters/],
    [{ kind: "command", command: ["/bin/false"] }, /\/bin\/false failed with status 1\n.*by hand/],
    [{ kind: "command", command: [file("cat", "#!/bin/sh\ncat\n", 0o700)] }, /printed the key itself/],
    [{ kind: "command", command: ["/bin/true"] }, /printed nothing/],
    [{ kind: "command", command: [join(folder, "gone")] }, /gone cannot be run: ENOENT/],
    [{ kind: "command", command: ["/bin/echo", secret] }, /is not what the CA keys are encrypted under/],
    [{ kind: "passphrase_command", command: ["/usr/bin/yes"] }, /yes printed too much/],
  ];
  for (const [current, says] of cases) {
    await assert.rejects(start({ current }), (error) => {
      assert.ok(!String(error).includes(secret));
      return refusal(says)(error);
    });
  }
  assert.ok(await start());
});

for (const [name, script] of [
  ["does not end", "exec sleep 60"],
  ["waits for another one", "sleep 5; echo late"],
  ["leaves one behind that keeps its output open", "sleep 5 & echo early"],
] as const) {
  test(`threat 9: a program that ${name} does not hold the start up`, { timeout: 4_000 }, async () => {
    const slow = file("slow", `#!/bin/sh\n${script}\n`, 0o700);
    const current: KeySource = { kind: "command", command: [slow] };
    await assert.rejects(start({ current }, 200), refusal(/ended after 200 ms/));
  });
}

test("another key, none at all, and one of another kind are refused in words; the right one still opens", async () => {
  const current = keyFile();
  await start({ current });
  await assert.rejects(
    start({ current: keyFile("other") }),
    refusal(/key_file .*other is not what the CA keys are encrypted under\n.*Put back/),
  );
  await assert.rejects(start(), refusal(/encrypted under a key file, and the configuration names none/));
  await assert.rejects(
    start({ current: { kind: "command", command: [kms()] } }),
    refusal(/and not by command/),
  );
  const wrongKms: KeySource = { kind: "command", command: [kms("kms-2", "another")] };
  await start({ current: wrongKms, previous: current });
  await assert.rejects(
    start({ current: { kind: "command", command: [kms()] } }),
    refusal(/kms failed|not what/),
  );
  assert.ok(await start({ current: wrongKms }));
});

test("a change of the key seals everything anew, and leaves nothing that the old key opens", async () => {
  const [old, next] = [keyFile("old"), keyFile("next")];
  const spec = await specOf(await start({ current: old }));
  const stored = async () => Buffer.from((await backend!.get(key("authorities", "user", CLUSTER)))!.value);
  const sealedBefore = await stored();
  const changed = await start({ current: next, previous: old });
  assert.equal(await specOf(changed), spec);
  assert.ok(!onDisk().includes(sealedBefore.subarray(200, 400)));
  assert.ok(await start({ current: next, previous: old }), "what is done already is not done again");
  await assert.rejects(start({ current: old }), refusal(/not what the CA keys/));
  assert.equal(await specOf(await start({ current: next })), spec);
});

test("it ends where only the key of before is named", async () => {
  const old = keyFile();
  const spec = await specOf(await start({ current: old }));
  assert.equal(await specOf(await start({ previous: old })), spec);
  assert.equal(await specOf(await start()), spec);
  assert.ok(onDisk().includes("PRIVATE KEY"));
});

test("threat 35: an authority, or a key of it, that is put where another was is refused", async () => {
  const current = keyFile();
  const store = await start({ current });
  await store.ensure("spiffe");
  const at = (type: string) => key("authorities", type, CLUSTER);
  const put = async (type: string, value: Uint8Array) => {
    const change = {
      op: "put",
      key: at(type),
      value,
      revision: newRevision<Revision>(),
      condition: { is: "any" },
    } as const;
    assert.ok((await backend!.commit([change])).ok);
  };
  const [host, user] = [await backend!.get(at("host")), await backend!.get(at("user"))];
  await put("host", user!.value);
  await assert.rejects(start({ current }), refusal(/key of the host certificate authority .* was changed/));
  const mixed = fromBinary(CertAuthorityV2Schema, host!.value);
  mixed.Spec!.ActiveKeys!.TLS[0]!.Key = fromBinary(CertAuthorityV2Schema, user!.value).Spec!.ActiveKeys!
    .TLS[0]!.Key;
  await put("host", toBinary(CertAuthorityV2Schema, mixed));
  await assert.rejects(start({ current }), refusal(/private tls key of the host/));
  await put("host", host!.value);
  assert.ok(await start({ current }));
});

test("where the old forms could not be removed the next start does it", async () => {
  const secrets = await secretsOf(await start());
  const current = keyFile();
  await backend!.close();
  backend = await openBackend({ kind: "sqlite", path: join(database, "d.sqlite"), clock });
  const full: Backend = Object.assign(Object.create(backend) as Backend, {
    get: backend.get.bind(backend),
    list: backend.list.bind(backend),
    commit: backend.commit.bind(backend),
    purge: () => Promise.reject(new AppError("UNAVAILABLE", "the disk is full")),
  });
  const wish = { current, previous: undefined, commandTimeoutMs: 1000 };
  await settleKeyEncryption({ backend: full, logger, wish });
  assert.match(logged.join(), /may be left in the database file; the next start tries again/);
  await start({ current });
  for (const secret of secrets) assert.ok(!onDisk().includes(secret));
});
