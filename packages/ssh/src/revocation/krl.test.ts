import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import {
  createSshSigner,
  fingerprint,
  formatPublicKeyLine,
  isRevoked,
  type KrlTemplate,
  parseKrl,
  revocationOf,
} from "../index.ts";
import {
  ca,
  holder,
  issue,
  keygenSays,
  krl,
  maxSerial,
  noKeygen,
  otherHolder,
  type Wanted,
  write,
} from "./testing/krl-peers.ts";

const otherCa = createSshSigner(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);

function keygenShows(list: Uint8Array): string {
  return execFileSync("ssh-keygen", ["-Qlf", write("shown.krl", list)], { encoding: "utf8" });
}

const lists: readonly (readonly [
  what: string,
  template: Partial<KrlTemplate>,
  wanted: Wanted,
  revocation?: string,
])[] = [
  ["serial of this CA", { certificates: [{ ca: ca.publicKey, serials: [7n] }] }, {}, "serial"],
  ["serial of any CA", { certificates: [{ serials: [7n] }] }, {}, "serial"],
  ["serial of another CA", { certificates: [{ ca: otherCa.publicKey, serials: [7n] }] }, {}],
  [
    "serial of another CA by itself",
    { certificates: [{ ca: otherCa.publicKey, serials: [7n] }] },
    { signer: otherCa },
    "serial",
  ],
  ["other serial", { certificates: [{ ca: ca.publicKey, serials: [6n, 8n] }] }, {}],
  [
    "range",
    { certificates: [{ ca: ca.publicKey, serials: [{ first: 5n, last: 1n << 40n }] }] },
    {},
    "serial",
  ],
  [
    "range to the end",
    { certificates: [{ serials: [{ first: 8n, last: maxSerial }] }] },
    { serial: maxSerial },
    "serial",
  ],
  ["range above", { certificates: [{ serials: [{ first: 8n, last: maxSerial }] }] }, {}],
  ["every second", { certificates: [{ ca: ca.publicKey, serials: everySecond(1n, 3000) }] }, {}, "serial"],
  [
    "every second, between",
    { certificates: [{ ca: ca.publicKey, serials: everySecond(1n, 3000) }] },
    { serial: 8n },
  ],
  ["key id", { certificates: [{ ca: ca.publicKey, keyIds: ["bob", "alice"] }] }, {}, "key id"],
  ["key id of any CA", { certificates: [{ keyIds: ["alice"] }] }, {}, "key id"],
  ["other key id", { certificates: [{ keyIds: ["Alice", "alice "] }] }, {}],
  [
    "serial 0 is in no range",
    { certificates: [{ serials: [{ first: 1n, last: maxSerial }] }] },
    { serial: 0n },
  ],
  ["key of the holder", { keys: [holder] }, {}, "key"],
  ["key of another", { keys: [otherHolder.blob] }, {}],
  ["key of the CA", { keys: [ca.publicKey] }, {}, "authority"],
  ["SHA-256 fingerprint", { fingerprints: [fingerprint(holder)] }, {}, "fingerprint"],
  ["SHA-1 fingerprint", { fingerprints: [sha1Fingerprint(holder.blob)] }, {}, "fingerprint"],
  ["fingerprint of the CA", { fingerprints: [fingerprint(ca.publicKey)] }, {}, "authority"],
  ["nothing", {}, {}],
];

function everySecond(first: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => first + 2n * BigInt(index));
}

function sha1Fingerprint(blob: Uint8Array): string {
  return `SHA1:${createHash("sha1").update(blob).digest("base64").replace(/=+$/, "")}`;
}

for (const [what, template, wanted, expected] of lists) {
  test(`a list with ${what} revokes as it should, here and for ssh-keygen`, { skip: noKeygen }, async () => {
    const { line, certificate } = await issue(wanted);
    const list = krl(template);
    assert.equal(revocationOf(parseKrl(list), certificate), expected);
    assert.equal(isRevoked(parseKrl(list), certificate), expected !== undefined);
    assert.equal(keygenSays(list, line), expected === undefined ? "ok" : "revoked");
  });
}

test("a plain key is revoked by key and fingerprint, and not by what is said of certificates", {
  skip: noKeygen,
}, () => {
  const line = formatPublicKeyLine(holder);
  for (const [template, expected] of [
    [{ keys: [holder] }, "key"],
    [{ fingerprints: [fingerprint(holder)] }, "fingerprint"],
    [{ certificates: [{ serials: [{ first: 1n, last: maxSerial }], keyIds: ["x"] }] }, undefined],
  ] as const) {
    assert.equal(revocationOf(parseKrl(krl(template)), holder), expected);
    assert.equal(keygenSays(krl(template), line), expected === undefined ? "ok" : "revoked");
  }
});

test("ssh-keygen lists what we wrote", { skip: noKeygen }, () => {
  const shown = keygenShows(
    krl({
      version: 12n,
      certificates: [
        {
          ca: ca.publicKey,
          serials: [5n, 6n, 7n, 1n << 50n, { first: 1000n, last: 99_999n }],
          keyIds: ["alice"],
        },
        { keyIds: ["böb"] },
      ],
      keys: [holder],
      fingerprints: [fingerprint(otherHolder)],
    }),
  );
  assert.match(shown, /^# KRL version 12$/m);
  assert.match(shown, /^# Comment: main$/m);
  assert.deepEqual(
    [...shown.matchAll(/^serial: (.*)$/gm)].map(([, serial]) => serial),
    ["5-7", "1000-99999", `${1n << 50n}`],
  );
  assert.match(shown, /^id: alice$/m);
  assert.ok(shown.includes(`# CA key ssh-ed25519 ${fingerprint(ca.publicKey)}`));
  assert.ok(shown.includes(`hash: ${fingerprint(holder)} # ssh-ed25519`));
});

test("what ssh-keygen writes and adds to is read", { skip: noKeygen }, async () => {
  const caPath = write("ca.pub", `${formatPublicKeyLine(ca.publicKey)}\n`);
  const list = join(dirname(caPath), "made.krl");
  const make = (spec: string, ...flags: string[]) =>
    execFileSync("ssh-keygen", ["-k", "-f", list, "-s", caPath, ...flags, write("spec", spec)], {
      stdio: "pipe",
    });
  make("serial: 5-90000\nserial: 100001\nserial: 100003\nserial: 100005-100010\nid: alice\n", "-z", "9");
  make(
    `serial: 18446744073709551615\nkey: ${formatPublicKeyLine(holder)}\nhash: ${fingerprint(otherHolder)}\n`,
    "-u",
  );
  const read = parseKrl(readFileSync(list));
  assert.equal(read.version, 9n);
  const [ours] = read.certificates;
  assert.deepEqual(ours?.ca?.blob, ca.publicKey.blob);
  assert.deepEqual(
    [...(ours?.serials.ranges() ?? [])].map(({ first, last }) => [first, last]),
    [
      [5n, 90_000n],
      [100_001n, 100_001n],
      [100_003n, 100_003n],
      [100_005n, 100_010n],
      [maxSerial, maxSerial],
    ],
  );
  assert.deepEqual([...(ours?.keyIds ?? [])], ["alice"]);
  assert.equal(revocationOf(read, holder), "key");
  assert.equal(revocationOf(read, otherHolder), "fingerprint");
  // The other way round: ssh-keygen adds to a list of ours.
  write("made.krl", krl({ certificates: [{ ca: ca.publicKey, serials: [3n] }] }));
  make("serial: 4\n", "-u");
  assert.deepEqual(
    [...(parseKrl(readFileSync(list)).certificates[0]?.serials.ranges() ?? [])],
    [{ first: 3n, last: 4n }],
  );
});

test("what must not be written is refused", async () => {
  const { blob, certificate } = await issue();
  const wrong: readonly (readonly [Partial<KrlTemplate>, string])[] = [
    [{ certificates: [{ ca: ca.publicKey, serials: [0n] }] }, "INVALID"],
    [{ certificates: [{ serials: [{ first: 0n, last: 5n }] }] }, "INVALID"],
    [{ certificates: [{ serials: [{ first: 6n, last: 5n }] }] }, "INVALID"],
    [{ certificates: [{ serials: [1n << 64n] }] }, "INVALID"],
    [{ certificates: [{ serials: [-1n] }] }, "INVALID"],
    [{ certificates: [{ keyIds: [""] }] }, "INVALID"],
    [{ certificates: [{ keyIds: ["a\0b"] }] }, "INVALID"],
    [{ certificates: [{ keyIds: ["\ud800"] }] }, "INVALID"],
    [{ comment: "a\nb" }, "INVALID"],
    [{ version: -1n }, "INVALID"],
    [{ generatedAt: Number.NaN }, "INVALID"],
    [{ fingerprints: ["SHA256:short"] }, "INVALID"],
    [{ fingerprints: [`MD5:${"a".repeat(22)}`] }, "INVALID"],
    [{ keys: [Buffer.from("none")] }, "MALFORMED"],
    [{ keys: [blob] }, "UNSUPPORTED"],
    [
      { certificates: [{ ca: { type: "ssh-ed25519", blob: certificate.blob }, serials: [1n] }] },
      "UNSUPPORTED",
    ],
  ];
  for (const [template, code] of wrong) {
    assert.throws(() => krl(template), { name: "SshError", code }, String(Object.keys(template)));
  }
});

test("serial number 0 is refused with words that say what to do", () => {
  assert.throws(
    () => krl({ certificates: [{ serials: [5n, 0n] }] }),
    /serial number 0 .*: revoke its key or its key id/,
  );
});
