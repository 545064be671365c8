import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { KrlBuilder, parseKrl, type SerialRange, SerialSet } from "../index.ts";
import { planSerials } from "./plan-serials.ts";
import { runsOfRanges } from "./serial-runs.ts";
import {
  ca,
  holder,
  issue,
  keygenSays,
  krl,
  maxSerial,
  noKeygen,
  now,
  otherHolder,
} from "./testing/krl-peers.ts";

function everySecond(first: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => first + 2n * BigInt(index));
}

const serial = fc.oneof(
  fc.bigInt({ min: 1n, max: 200n }),
  fc.bigInt({ min: 1n, max: 60_000n }),
  fc.bigInt({ min: maxSerial - 40n, max: maxSerial }),
);
const rangeArbitrary = fc
  .tuple(serial, fc.bigInt({ min: 0n, max: 90n }))
  .map(([first, size]) => ({ first, last: first + size > maxSerial ? maxSerial : first + size }));
const serials = fc.array(fc.oneof(serial, rangeArbitrary), { maxLength: 60 });

function numbersOf(added: readonly (bigint | SerialRange)[]): Set<bigint> {
  const numbers = new Set<bigint>();
  for (const one of added) {
    const { first, last } = typeof one === "bigint" ? { first: one, last: one } : one;
    for (let at = first; at <= last; at++) numbers.add(at);
  }
  return numbers;
}

/** Time of the processor, which a busy machine does not stretch as it does that of the clock. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

test("a set of serial numbers holds what was added, however it was added and written", () => {
  fc.assert(
    fc.property(fc.array(serials, { maxLength: 4 }), (batches) => {
      const builder = new KrlBuilder();
      for (const batch of batches) {
        builder.revokeSerials(ca.publicKey, batch);
        builder.encode({ version: 1n, generatedAt: now });
      }
      const read =
        parseKrl(builder.encode({ version: 1n, generatedAt: now })).certificates[0]?.serials ??
        new SerialSet();
      const expected = numbersOf(batches.flat());
      const ranges = [...read.ranges()];
      assert.deepEqual(numbersOf(ranges), expected);
      for (const number of expected) {
        assert.ok(read.has(number));
        assert.equal(read.has(number + 1n), expected.has(number + 1n));
      }
      for (const [index, range] of ranges.entries()) {
        assert.ok(index === 0 || range.first > ranges[index - 1]!.last + 1n, "ranges touch");
      }
    }),
    { numRuns: 300 },
  );
});

test("blocks that split, swallow each other and grow at both ends stay one set", () => {
  const set = new SerialSet(everySecond(10_001n, 5000));
  set.add(everySecond(2n, 4000));
  set.add([{ first: 12_000n, last: 17_500n }, 30_000n, 1n]);
  set.add(everySecond(17_502n, 3000));
  const expected = numbersOf([
    ...everySecond(10_001n, 5000),
    ...everySecond(2n, 4000),
    { first: 12_000n, last: 17_500n },
    30_000n,
    1n,
    ...everySecond(17_502n, 3000),
  ]);
  const ranges = [...set.ranges()];
  assert.deepEqual(numbersOf(ranges), expected);
  assert.ok(ranges.every(({ first }, index) => index === 0 || first > ranges[index - 1]!.last + 1n));
});

test("the same content is the same octets, in whatever order it came", () => {
  fc.assert(
    fc.property(
      serials,
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4, unit: "grapheme-ascii" })),
      (numbers, ids) => {
        const one = { ca: ca.publicKey, serials: numbers, keyIds: ids };
        const backwards = { ca: ca.publicKey, serials: numbers.toReversed(), keyIds: ids.toReversed() };
        const keys = [holder, otherHolder];
        assert.deepEqual(
          krl({ certificates: [one, { serials: [1n] }], keys }),
          krl({ certificates: [{ serials: [1n] }, backwards], keys: keys.toReversed() }),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test("serial numbers are written in the smallest form", () => {
  const forms = (ranges: readonly SerialRange[], maxBits = 16_384) =>
    planSerials(runsOfRanges(ranges), maxBits).map(({ form, from, to }) => `${form} ${from}-${to}`);
  const single = (first: bigint) => ({ first, last: first });
  assert.deepEqual(forms([single(7n)]), ["serialList 0-1"]);
  assert.deepEqual(forms([single(7n), single(1n << 40n)]), ["serialList 0-2"]);
  assert.deepEqual(forms([{ first: 7n, last: 1n << 40n }]), ["serialRange 0-1"]);
  assert.deepEqual(forms(everySecond(1n, 500).map(single)), ["serialBitmap 0-500"]);
  const mixed = [
    ...everySecond(1n, 500).map(single),
    { first: 1n << 30n, last: 1n << 32n },
    single(1n << 50n),
  ];
  assert.deepEqual(forms(mixed), ["serialBitmap 0-500", "serialRange 500-501", "serialList 501-502"]);
  assert.deepEqual(forms(everySecond(1n, 500).map(single), 512), [
    "serialBitmap 0-256",
    "serialBitmap 256-500",
  ]);
});

test("100,000 scattered serial numbers are built fast, small, and refreshed for the price of what is new", {
  skip: noKeygen,
}, async () => {
  const scattered = Array.from({ length: 100_000 }, (_, index) => {
    return createHash("sha256").update(`${index}`).digest().readBigUInt64BE();
  });
  const started = cpuMs();
  const builder = new KrlBuilder();
  builder.revokeSerials(ca.publicKey, scattered);
  const list = builder.encode({ version: 1n, generatedAt: now });
  const built = cpuMs() - started;
  assert.ok(list.length < 100_000 * 8 + 2000, `${list.length} bytes`);
  assert.ok(built < 1000, `built in ${built} ms`);
  const again = cpuMs();
  builder.revokeSerials(ca.publicKey, [7n, 1n << 60n]);
  const refreshed = builder.encode({ version: 2n, generatedAt: now });
  const refreshing = cpuMs() - again;
  assert.ok(refreshing < built / 4, `refreshed in ${refreshing} ms, built in ${built} ms`);
  assert.equal(refreshed.length, list.length + 16);
  assert.equal(keygenSays(refreshed, (await issue({ serial: scattered[77_777]! })).line), "revoked");
  assert.equal(keygenSays(refreshed, (await issue({ serial: 1n << 60n })).line), "revoked");
  assert.equal(keygenSays(refreshed, (await issue({ serial: 8n })).line), "ok");
});
