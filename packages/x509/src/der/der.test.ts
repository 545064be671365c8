import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { X509Error } from "../x509-error.ts";
import { DerReader } from "./der-reader.ts";
import { decodeOid, encodeOid } from "./oid.ts";
import { tag } from "./tag.ts";
import { decodeTime, encodeTime } from "./time.ts";
import { element, sequence, setOf, unsignedInteger } from "./write-der.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

const refused: readonly [what: string, bytes: string][] = [
  ["nothing", ""],
  ["a tag alone", "30"],
  ["indefinite length", "30 80 00 00"],
  ["long form below 128", "04 81 05 0000000000"],
  ["length with a leading zero", `04 82 0080 ${"00".repeat(128)}`],
  ["length of five octets", "04 85 0000000001 00"],
  ["content cut off", "04 05 0000"],
  ["huge length", "04 84 ffffffff 00"],
  ["multi-octet tag", "1f 81 01 00"],
];

for (const [what, bytes] of refused) {
  test(`the reader refuses ${what}`, () => {
    assert.throws(() => new DerReader(hex(bytes)).read(), X509Error);
  });
}

test("the reader limits size and depth", () => {
  assert.throws(() => new DerReader(Buffer.alloc(300 * 1024)), { code: "TOO_LARGE" });
  let nested: Buffer = sequence();
  for (let depth = 0; depth < 100; depth++) nested = sequence(nested);
  const descend = () => {
    let reader = new DerReader(nested);
    while (!reader.done) reader = reader.enter();
  };
  assert.throws(descend, { code: "MALFORMED" });
});

test("elements of any length round-trip, headers are minimal", () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 1, 127, 128, 255, 256, 65535, 65536, 100_000), (length) => {
      const content = Buffer.alloc(length, 7);
      const reader = new DerReader(element(tag.octetString, content));
      assert.ok(content.equals(reader.read(tag.octetString).content));
      reader.end();
    }),
  );
});

test("arbitrary bytes are read or refused, never worse", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const walk = (reader: DerReader): void => {
        while (!reader.done) {
          const { tag: found, content } = reader.read();
          if (found === tag.sequence) walk(new DerReader(content));
        }
      };
      try {
        walk(new DerReader(bytes));
      } catch (error) {
        assert.ok(error instanceof X509Error);
      }
    }),
    { numRuns: 2000 },
  );
});

test("object identifiers round-trip, of any arc size", () => {
  const arc = fc.oneof(fc.bigInt(0n, 200n), fc.bigInt(0n, (1n << 128n) - 1n));
  const oids = fc.tuple(fc.constantFrom(0n, 1n), fc.bigInt(0n, 39n), fc.array(arc, { maxLength: 3 }));
  fc.assert(
    fc.property(oids, ([root, second, rest]) => {
      const dotted = [root, second, ...rest].join(".");
      assert.equal(decodeOid(new DerReader(encodeOid(dotted)).read(tag.oid).content), dotted);
    }),
  );
  assert.equal(decodeOid(hex("883703")), "2.999.3");
  for (const wrong of ["", "1", "3.1", "1.40", "1.2.", "1.02", "1.-2", "1.2.x"]) {
    assert.throws(() => encodeOid(wrong), { code: "INVALID" }, wrong);
  }
  for (const wrong of ["", "80", "8001", "2a86"]) {
    assert.throws(() => decodeOid(hex(wrong)), { code: "MALFORMED" }, wrong);
  }
});

test("times round-trip to the second and change form in 1950 and 2050", () => {
  const forms: readonly [iso: string, text: string, tag: number][] = [
    ["1949-12-31T23:59:59Z", "19491231235959Z", tag.generalizedTime],
    ["1950-01-01T00:00:00Z", "500101000000Z", tag.utcTime],
    ["2049-12-31T23:59:59.999Z", "491231235959Z", tag.utcTime],
    ["2050-01-01T00:00:00Z", "20500101000000Z", tag.generalizedTime],
    ["9999-12-31T23:59:59Z", "99991231235959Z", tag.generalizedTime],
  ];
  for (const [iso, text, form] of forms) {
    const read = new DerReader(encodeTime(Date.parse(iso))).read(form);
    assert.equal(Buffer.from(read.content).toString(), text);
    assert.equal(decodeTime(read), Math.floor(Date.parse(iso) / 1000) * 1000);
  }
  assert.throws(() => encodeTime(Number.NaN), { code: "INVALID" });
  assert.throws(() => encodeTime(8.64e15), { code: "INVALID" });
});

test("times in another form or outside the calendar are refused", () => {
  const wrong: readonly [number, string][] = [
    [tag.utcTime, "2301010000Z"],
    [tag.utcTime, "230230000000Z"],
    [tag.utcTime, "230101000000+0100"],
    [tag.utcTime, "230101240000Z"],
    [tag.generalizedTime, "20230101000000.5Z"],
    [tag.generalizedTime, "230101000000Z"],
    [tag.ia5String, "230101000000Z"],
  ];
  for (const [form, text] of wrong) {
    const read = new DerReader(element(form, Buffer.from(text))).read();
    assert.throws(() => decodeTime(read), { code: "MALFORMED" }, text);
  }
});

test("integers are minimal and never negative; sets are sorted", () => {
  assert.equal(unsignedInteger(0n).toString("hex"), "020100");
  assert.equal(unsignedInteger(127n).toString("hex"), "02017f");
  assert.equal(unsignedInteger(128n).toString("hex"), "02020080");
  assert.equal(setOf([hex("0402ff00"), hex("040101")]).toString("hex"), "31070401010402ff00");
});
