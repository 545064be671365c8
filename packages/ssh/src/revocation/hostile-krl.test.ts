import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import {
  createSshSigner,
  encodeKrl,
  fingerprint,
  formatPublicKeyLine,
  fromKeyObject,
  issueSshCertificate,
  KrlBuilder,
  type KrlTemplate,
  parseKrl,
  parseSshCertificate,
  SshError,
  signSsh,
  wireString,
  wireUint32,
  wireUint64,
} from "../index.ts";
import { krlMagic } from "./krl-section.ts";

const now = Date.UTC(2026, 5, 1, 12);
const ca = createSshSigner(generateKeyPairSync("ed25519").privateKey);
const holder = fromKeyObject(generateKeyPairSync("ed25519").privateKey);
const otherHolder = fromKeyObject(generateKeyPairSync("ed25519").privateKey);
const maxSerial = 2n ** 64n - 1n;

interface Wanted {
  readonly serial?: bigint;
  readonly keyId?: string;
  readonly signer?: typeof ca;
  readonly publicKey?: typeof holder;
}

async function issue({ serial = 7n, keyId = "alice", signer = ca, publicKey = holder }: Wanted = {}) {
  const issued = await issueSshCertificate({
    ...{ signer, use: "user", publicKey, keyId, principals: ["root"], serial },
    ...{ validAfterAt: now, validBeforeAt: now + 3_600_000 },
  });
  return { ...issued, certificate: parseSshCertificate(issued.blob) };
}

function krl(template: Partial<KrlTemplate>) {
  return encodeKrl({ version: 3n, generatedAt: now, comment: "main", ...template });
}

function everySecond(first: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => first + 2n * BigInt(index));
}

function sha1Fingerprint(blob: Uint8Array): string {
  return `SHA1:${createHash("sha1").update(blob).digest("base64").replace(/=+$/, "")}`;
}

const header = (format = 1, flags = 0n) =>
  Buffer.concat([
    krlMagic,
    wireUint32(format),
    wireUint64(1n),
    wireUint64(2n),
    wireUint64(flags),
    wireString(),
    wireString("c"),
  ]);
const sectionOf = (type: number, ...parts: Uint8Array[]) =>
  Buffer.concat([Uint8Array.of(type), wireString(...parts)]);
const certificates = (type: number, ...parts: Uint8Array[]) =>
  Buffer.concat([header(), sectionOf(1, wireString(), wireString(), sectionOf(type, ...parts))]);
const extension = (critical: number) => [
  wireString("new@example.com"),
  Uint8Array.of(critical),
  wireString("x"),
];

test("threat 14: a list that says more than is understood, or less than it should, is refused whole", async () => {
  const { blob } = await issue();
  const hash = (fill: number) => wireString(Buffer.alloc(32, fill));
  const wrong: readonly (readonly [string, Uint8Array, string])[] = [
    ["no list", Buffer.from("SSHKRL\n"), "MALFORMED"],
    ["authorized_keys", Buffer.from(`${formatPublicKeyLine(holder)}\n`), "MALFORMED"],
    ["format 2", header(2), "UNSUPPORTED"],
    ["flags", header(1, 1n), "UNSUPPORTED"],
    ["unknown section", Buffer.concat([header(), sectionOf(9)]), "UNSUPPORTED"],
    ["critical extension", Buffer.concat([header(), sectionOf(255, ...extension(1))]), "UNSUPPORTED"],
    ["critical extension of a CA", certificates(0x39, ...extension(1)), "UNSUPPORTED"],
    ["unknown certificate section", certificates(0x24, wireUint64(1n)), "UNSUPPORTED"],
    ["serial 0", certificates(0x20, wireUint64(0n)), "MALFORMED"],
    ["range from 0", certificates(0x21, wireUint64(0n), wireUint64(9n)), "MALFORMED"],
    ["backward range", certificates(0x21, wireUint64(9n), wireUint64(8n)), "MALFORMED"],
    ["two ranges in one", certificates(0x21, ...[1n, 2n, 3n, 4n].map(wireUint64)), "MALFORMED"],
    [
      "bitmap beyond 64 bits",
      certificates(0x22, wireUint64(maxSerial), wireString(Uint8Array.of(2))),
      "MALFORMED",
    ],
    ["bitmap of 0", certificates(0x22, wireUint64(0n), wireString(Uint8Array.of(3))), "MALFORMED"],
    ["bitmap not minimal", certificates(0x22, wireUint64(1n), wireString(Uint8Array.of(0, 1))), "MALFORMED"],
    ["empty list", certificates(0x20), "MALFORMED"],
    ["empty key ids", certificates(0x23), "MALFORMED"],
    ["cut serial", certificates(0x20, Buffer.alloc(9, 1)), "MALFORMED"],
    ["no keys", Buffer.concat([header(), sectionOf(2)]), "MALFORMED"],
    ["certificate as key", Buffer.concat([header(), sectionOf(2, wireString(blob))]), "UNSUPPORTED"],
    [
      "certificate as CA",
      Buffer.concat([header(), sectionOf(1, wireString(blob), wireString())]),
      "UNSUPPORTED",
    ],
    ["short hash", Buffer.concat([header(), sectionOf(5, wireString("x"))]), "MALFORMED"],
    ["hashes out of order", Buffer.concat([header(), sectionOf(5, hash(2), hash(1))]), "MALFORMED"],
    ["cut off", krl({ keys: [holder] }).subarray(0, -1), "MALFORMED"],
  ];
  for (const [what, bytes, code] of wrong)
    assert.throws(() => parseKrl(bytes), { name: "SshError", code }, what);
  for (const fine of [
    Buffer.concat([header(), sectionOf(255, ...extension(0))]),
    certificates(0x39, ...extension(0)),
  ]) {
    assert.equal(parseKrl(fine).comment, "c");
  }
});

test("threat 1: a certificate is neither the CA of a list nor a revoked key", async () => {
  const { blob, certificate } = await issue();
  const asKey = { type: "ssh-ed25519" as const, blob: certificate.blob };
  assert.throws(() => new KrlBuilder().revokeSerials(asKey, [1n]), { code: "UNSUPPORTED" });
  assert.throws(() => new KrlBuilder().revokeKeys([blob]), { code: "UNSUPPORTED" });
});

test("threat 38: bitmaps and tiny sections do not blow a list up", () => {
  const bitmap = sectionOf(0x22, wireUint64(1n), wireString(Buffer.alloc(2047, 0x55)));
  const many = Buffer.concat([wireString(), wireString(), ...Array.from({ length: 500 }, () => bitmap)]);
  assert.throws(() => parseKrl(Buffer.concat([header(), sectionOf(1, many)])), { code: "TOO_LARGE" });
  assert.throws(() => parseKrl(Buffer.alloc(17 * 1024 * 1024)), { code: "TOO_LARGE" });
  const wide = certificates(0x22, wireUint64(1n), wireString(Buffer.alloc(3000, 0x55)));
  assert.throws(() => parseKrl(wide), { code: "TOO_LARGE" });
  const ranges = Array.from({ length: 50_000 }, (_, index) => {
    const first = BigInt(((index * 7919) % 50_000) * 3 + 1);
    return sectionOf(0x21, wireUint64(first), wireUint64(first + 1n));
  });
  const read = parseKrl(Buffer.concat([header(), sectionOf(1, wireString(), wireString(), ...ranges)]));
  assert.equal(read.certificates[0]?.serials.rangeCount, 50_000);
});

test("threat 38: hostile octets are refused with an error of this package and nothing else", () => {
  const whole = krl({
    certificates: [
      {
        ca: ca.publicKey,
        serials: [...everySecond(1n, 200), { first: 9999n, last: 1n << 33n }],
        keyIds: ["a"],
      },
    ],
    keys: [holder],
    fingerprints: [fingerprint(otherHolder), sha1Fingerprint(holder.blob)],
  });
  const survive = (bytes: Uint8Array) => {
    try {
      parseKrl(bytes);
    } catch (error) {
      assert.ok(error instanceof SshError, String(error));
    }
  };
  const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(changes, fc.nat(whole.length), (edits, length) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of edits) bytes[at] = value;
      survive(bytes);
      survive(bytes.subarray(0, length));
    }),
    { numRuns: 1500 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => survive(Buffer.concat([header(), tail]))),
    {
      numRuns: 1000,
    },
  );
});

test("a signature inside a list is verified when it is read, and shown", async () => {
  const list = krl({ keys: [holder] });
  const signed = Buffer.concat([list, Uint8Array.of(4), wireString(ca.publicKey.blob)]);
  const whole = Buffer.concat([signed, wireString(await signSsh(ca, signed))]);
  assert.deepEqual(
    parseKrl(whole).signatures.map(({ key }) => fingerprint(key)),
    [fingerprint(ca.publicKey)],
  );
  const changed = Buffer.from(whole);
  changed[20] = 99;
  assert.throws(() => parseKrl(changed), { code: "MALFORMED" });
  const followed = Buffer.concat([whole, sectionOf(255, ...extension(0))]);
  assert.throws(() => parseKrl(followed), { code: "MALFORMED" });
});

test("threat 38: a list has few signatures inside, since each covers all that is before it", async () => {
  let whole: Buffer = krl({ keys: [holder] });
  for (let count = 1; count <= 16; count++) {
    const signed: Buffer = Buffer.concat([whole, Uint8Array.of(4), wireString(ca.publicKey.blob)]);
    whole = Buffer.concat([signed, wireString(await signSsh(ca, signed))]);
  }
  assert.equal(parseKrl(whole).signatures.length, 16);
  const more = Buffer.concat([whole, Uint8Array.of(4), wireString(ca.publicKey.blob), wireString()]);
  assert.throws(() => parseKrl(more), { code: "TOO_LARGE" });
});
