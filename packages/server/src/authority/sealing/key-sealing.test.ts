import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { isAppError } from "@sallyport/api";
import fc from "fast-check";
import { clearKeys, isSealed, type KeyPlace, sealWith } from "./key-sealing.ts";

const place: KeyPlace = {
  type: "user",
  clusterName: "one.example",
  use: "ssh",
  publicHalf: Buffer.from("ssh-ed25519 AAAA"),
};
const sealing = sealWith(randomBytes(32));
const key = Buffer.from("-----BEGIN PRIVATE KEY-----");
const refused = (error: unknown) =>
  isAppError(error, "INTERNAL") && !error.message.includes("BEGIN") && /user|host|check/.test(error.message);

test("a key opens again where it was sealed, and looks different each time", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
      const [one, two] = [sealing.seal(bytes, place), sealing.seal(bytes, place)];
      assert.ok(isSealed(one) && !Buffer.from(one).equals(two));
      assert.deepEqual(Buffer.from(sealing.open(one, place)), Buffer.from(bytes));
    }),
  );
});

test("threat 35: a sealed key opens at its own place alone, whatever part of the place differs", () => {
  const sealed = sealing.seal(key, place);
  const others: readonly Partial<KeyPlace>[] = [
    { type: "host" },
    { clusterName: "two.example" },
    { use: "tls" },
    { publicHalf: Buffer.from("ssh-ed25519 AAAB") },
    { type: 'user","one.example', clusterName: "" },
  ];
  for (const other of others) assert.throws(() => sealing.open(sealed, { ...place, ...other }), refused);
  assert.throws(() => sealWith(randomBytes(32)).open(sealed, place), refused);
});

test("a key that was changed in any octet, cut or put there in clear is refused", () => {
  const sealed = Buffer.from(sealing.seal(key, place));
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => sealing.open(changed, place), refused, `octet ${at}`);
    assert.throws(() => sealing.open(sealed.subarray(0, at), place), refused, `cut at ${at}`);
  }
  assert.throws(() => sealing.open(key, place), refused);
});

test("without encryption keys stay as they are, and a sealed one is not taken for a key", () => {
  assert.equal(clearKeys.open(clearKeys.seal(key, place), place), key);
  assert.throws(() => clearKeys.open(sealing.seal(key, place), place), refused);
});
