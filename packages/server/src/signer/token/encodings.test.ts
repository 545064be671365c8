import assert from "node:assert/strict";
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  privateEncrypt,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { test } from "node:test";
import { ecdsaToDer, ecSpki, rsaDigestInfo, rsaSpki } from "./encodings.ts";

test("numbers of an ECDSA signature become the DER that node and openssl verify", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  for (let round = 0; round < 300; round += 1) {
    const bytes = randomBytes(20);
    const numbers = sign("sha256", bytes, { key: privateKey, dsaEncoding: "ieee-p1363" });
    assert.ok(verify("sha256", bytes, publicKey, ecdsaToDer(numbers)));
  }
  const short = Buffer.alloc(64);
  short[31] = 0x80;
  short[63] = 0x01;
  assert.equal(ecdsaToDer(short).toString("hex"), "300702020080020101");
});

test("a digest with its name is what PKCS#1 signs", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  for (const digest of ["sha256", "sha512"] as const) {
    const info = rsaDigestInfo(digest, createHash(digest).update("text").digest());
    const signature = privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, info);
    assert.ok(verify(digest, Buffer.from("text"), publicKey, signature));
  }
});

test("public keys come out of a token in two forms of the point, and nothing else counts", () => {
  const spki = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({
    type: "spki",
    format: "der",
  });
  const point = spki.subarray(-65);
  assert.deepEqual(ecSpki(point), spki);
  assert.deepEqual(ecSpki(Buffer.concat([Buffer.from([4, 65]), point])), spki);
  for (const other of [point.subarray(1), Buffer.alloc(0), Buffer.alloc(67, 4)]) {
    assert.throws(() => ecSpki(other));
  }
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
  const { n = "", e = "" } = rsa.export({ format: "jwk" });
  const made = rsaSpki(Buffer.from(n, "base64url"), Buffer.from(e, "base64url"));
  assert.ok(createPublicKey({ key: made, format: "der", type: "spki" }).equals(rsa));
});
