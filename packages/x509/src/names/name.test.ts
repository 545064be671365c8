import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeOid } from "../der/oid.ts";
import { tag } from "../der/tag.ts";
import { element, sequence, setOf } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";
import { decodeName } from "./decode-name.ts";
import { encodeName } from "./encode-name.ts";
import { attributeValues, type Name, nameOid } from "./name.ts";

const sorted = (name: Name) => name.map((rdn) => rdn.map(({ oid, value }) => `${oid}=${value}`).sort());

const oid = fc.constantFrom(...Object.values(nameOid), "1.3.9999.1.7", "1.3.9999.2.10");
const value = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.json(),
  fc.string({ unit: "grapheme" }),
);
const names = fc.array(fc.array(fc.record({ oid, value }), { minLength: 1, maxLength: 4 }), { maxLength: 6 });

test("hostile names round-trip or are refused (threat 20: no two readings of one name)", () => {
  fc.assert(
    fc.property(names, (name) => {
      const isClean = name.flat().every((one) => one.value.isWellFormed() && !/\p{Cc}/u.test(one.value));
      if (isClean) assert.deepEqual(sorted(decodeName(encodeName(name))), sorted(name));
      else assert.throws(() => encodeName(name), { name: "X509Error", code: "INVALID" });
    }),
    { numRuns: 1000 },
  );
});

test("values are PrintableString where they can be, otherwise UTF8String", () => {
  const typeOf = (text: string) => {
    const der = encodeName([[{ oid: nameOid.commonName, value: text }]]);
    return der[der.length - Buffer.byteLength(text) - 2];
  };
  for (const text of ["", "alice", "A-Z a'()+,-./:=?9"])
    assert.equal(typeOf(text), tag.printableString, text);
  for (const text of ["a_b", "a@b", "*", "&", "{", '"', "é"])
    assert.equal(typeOf(text), tag.utf8String, text);
});

test("a set with several values is one RDN, sorted by encoding, so that their order does not matter", () => {
  const roles = (...list: string[]) => [list.map((role) => ({ oid: nameOid.organization, value: role }))];
  assert.deepEqual(encodeName(roles("b", "aa", "c_")), encodeName(roles("c_", "b", "aa")));
  assert.equal(decodeName(encodeName(roles("b", "aa", "c_"))).length, 1);
  assert.deepEqual(attributeValues(roles("x", "y"), nameOid.organization), ["x", "y"]);
});

test("names beyond the limits are refused", () => {
  const long = [{ oid: nameOid.postalCode, value: "x".repeat(70_000) }];
  assert.throws(() => encodeName([long]), { code: "TOO_LARGE" });
  const many = Array.from({ length: 3000 }, () => [{ oid: nameOid.commonName, value: "x".repeat(30) }]);
  assert.throws(() => encodeName(many), { code: "TOO_LARGE" });
  assert.throws(() => encodeName([[]]), { code: "INVALID" });
  assert.throws(() => encodeName([[{ oid: "not an oid", value: "" }]]), { code: "INVALID" });
});

const withString = (type: number, bytes: Buffer) =>
  sequence(setOf([sequence(encodeOid(nameOid.commonName), element(type, bytes))]));

test("string types of other issuers are read by their own rules", () => {
  const read = (type: number, bytes: Buffer) => decodeName(withString(type, bytes))[0]?.[0]?.value;
  assert.equal(read(tag.ia5String, Buffer.from("a@b")), "a@b");
  assert.equal(read(tag.numericString, Buffer.from("1 2")), "1 2");
  assert.equal(read(tag.bmpString, Buffer.from("00e90041", "hex")), "éA");
  assert.equal(read(tag.printableString, Buffer.from("a*b@c")), "a*b@c");
});

const malformed: readonly [what: string, type: number, bytes: Buffer][] = [
  ["NUL in a PrintableString", tag.printableString, Buffer.from("a\0b")],
  ["NUL in a UTF8String", tag.utf8String, Buffer.from("a\0b")],
  ["invalid UTF-8", tag.utf8String, Buffer.from([0xc3])],
  ["overlong UTF-8", tag.utf8String, Buffer.from([0xc0, 0xaf])],
  ["a surrogate in UTF-8", tag.utf8String, Buffer.from([0xed, 0xa0, 0x80])],
  ["an octet above 127 in an IA5String", tag.ia5String, Buffer.from([0xe9])],
  ["a letter in a NumericString", tag.numericString, Buffer.from("1a")],
  ["an odd BMPString", tag.bmpString, Buffer.from([0])],
  ["a lone surrogate in a BMPString", tag.bmpString, Buffer.from("d800", "hex")],
  ["a T61String", 0x14, Buffer.from("a")],
  ["a UniversalString", 0x1c, Buffer.from("00000041", "hex")],
];

for (const [what, type, bytes] of malformed) {
  test(`a name with ${what} is refused`, () => {
    assert.throws(() => decodeName(withString(type, bytes)), X509Error);
  });
}

test("octets behind a name are refused", () => {
  const good = encodeName([[{ oid: nameOid.commonName, value: "alice" }]]);
  assert.throws(() => decodeName(Buffer.concat([good, good])), { code: "MALFORMED" });
});

test("arbitrary and mutated names never do worse than a refusal", () => {
  const good = encodeName([[{ oid: nameOid.commonName, value: "alice@example.com" }]]);
  const mutations = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(mutations, (changes) => {
      const bytes = Buffer.from(good);
      for (const [at, byte] of changes) bytes[at] = byte;
      try {
        decodeName(bytes);
      } catch (error) {
        assert.ok(error instanceof X509Error);
      }
    }),
    { numRuns: 2000 },
  );
});
