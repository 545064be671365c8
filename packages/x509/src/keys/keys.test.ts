import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { X509Error } from "../x509-error.ts";
import { checkKeyType } from "./check-key-type.ts";
import { type GeneratedKeyAlgorithm, generateKey } from "./generate-key.ts";
import { encodePrivateKeyPem, parsePrivateKeyPem } from "./private-key-pem.ts";
import { checkSpki, exportSpki, parsePublicKey, spkiPin } from "./public-key.ts";

const algorithms: readonly GeneratedKeyAlgorithm[] = ["ecdsa-p256", "ed25519", "rsa-2048"];

for (const algorithm of algorithms) {
  test(`${algorithm} keys are made, written and read again`, async () => {
    const { privateKey, publicKey } = await generateKey(algorithm);
    assert.equal(checkKeyType(privateKey), algorithm);
    const spki = exportSpki(privateKey);
    assert.deepEqual(exportSpki(publicKey), spki);
    assert.deepEqual(Buffer.from(checkSpki(spki)), spki);
    assert.ok(parsePublicKey(publicKey.export({ type: "spki", format: "pem" }).toString()).equals(publicKey));
    for (const form of ["usual", "pkcs8"] as const) {
      assert.ok(parsePrivateKeyPem(encodePrivateKeyPem(privateKey, form)).equals(privateKey));
    }
    const label = algorithm === "rsa-2048" ? "BEGIN RSA PRIVATE KEY" : "BEGIN PRIVATE KEY";
    assert.ok(encodePrivateKeyPem(privateKey).includes(label));
  });
}

/** With the exponent 1 every number is its own signature. */
function rsaWithExponent(exponent: number) {
  const { n = "" } = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
  const e = Buffer.from(exponent.toString(16).padStart(6, "0"), "hex").toString("base64url");
  return createPublicKey({ key: { kty: "RSA", n, e }, format: "jwk" });
}

const weak: readonly [string, () => ReturnType<typeof createPublicKey>][] = [
  ["RSA-1024", () => generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey],
  ["RSA-PSS", () => generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey],
  ["secp256k1", () => generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey],
  ["P-224", () => generateKeyPairSync("ec", { namedCurve: "secp224r1" }).publicKey],
  ["X25519", () => generateKeyPairSync("x25519").publicKey],
  ["RSA with the exponent 1", () => rsaWithExponent(1)],
  ["RSA with an even exponent", () => rsaWithExponent(65_536)],
];

for (const [what, make] of weak) {
  test(`${what} keys are refused`, () => {
    const key = make();
    assert.throws(() => checkKeyType(key), X509Error);
    assert.throws(() => checkSpki(exportSpki(key)), X509Error);
  });
}

test("a P-256 point that is not on the curve is refused, as OpenSSL would", async () => {
  const spki = exportSpki((await generateKey("ecdsa-p256")).publicKey);
  fc.assert(
    fc.property(fc.integer({ min: 27, max: 90 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const bytes = Buffer.from(spki);
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      assert.throws(() => checkSpki(bytes), { code: "MALFORMED" });
      assert.throws(() => createPublicKey({ key: bytes, format: "der", type: "spki" }));
    }),
  );
});

test("arbitrary bytes are no key", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      assert.throws(() => checkSpki(bytes), X509Error);
    }),
  );
});

test("octets after the key are refused", async () => {
  for (const algorithm of ["ecdsa-p256", "ed25519"] as const) {
    const spki = exportSpki((await generateKey(algorithm)).publicKey);
    assert.throws(() => checkSpki(Buffer.concat([spki, Buffer.from([0])])), X509Error);
  }
});

test("the pin is the SHA-256 of the SPKI in hex", () => {
  assert.equal(
    spkiPin(Buffer.from("abc")),
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

test("threat 40: an Ed25519 key for which anybody can sign is refused", () => {
  const spki = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" });
  assert.deepEqual(Buffer.from(checkSpki(spki)), spki);
  for (const first of [0, 1]) {
    const weak = Buffer.concat([spki.subarray(0, 12), Buffer.from([first]), Buffer.alloc(31)]);
    assert.throws(() => checkSpki(weak), { code: "WEAK_KEY" });
  }
});
