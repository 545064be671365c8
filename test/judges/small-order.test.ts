import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { isSmallOrder as inSsh } from "../../packages/ssh/src/keys/small-order.ts";
import { isSmallOrder as inX509 } from "../../packages/x509/src/keys/small-order.ts";

// Edwards25519 (RFC 8032, section 5.1): -x² + y² = 1 + d x² y².
const p = 2n ** 255n - 19n;
const d = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
const mod = (value: bigint) => ((value % p) + p) % p;

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

/** One of the two roots, undefined where there is none (p is 5 modulo 8). */
function root(square: bigint): bigint | undefined {
  const first = power(square, (p + 3n) / 8n);
  const roots = [first, mod(first * power(2n, (p - 1n) / 4n))];
  return roots.find((one) => mod(one * one) === mod(square));
}

/** Twice such a point has y = 0, so x² = -y², and with the equation of the curve: d y⁴ + 2 y² - 1 = 0. */
function yOfOrder8(): bigint {
  const inner = root(1n + d);
  assert.ok(inner !== undefined);
  const squares = [inner, -inner].map((one) => mod((one - 1n) * power(d, p - 2n)));
  // The point is on the curve only where -y² has a root, which is x.
  const y = squares.filter((square) => root(-square) !== undefined).map(root);
  assert.ok(y.length === 1 && y[0] !== undefined);
  return y[0];
}

function encode(y: bigint, sign: boolean): Buffer {
  const octets = Buffer.from(y.toString(16).padStart(64, "0"), "hex").reverse();
  if (sign) octets[31] = (octets[31] ?? 0) | 0x80;
  return octets;
}

test("threat 40: both packages refuse exactly the Ed25519 keys of small order, in every form", () => {
  const y = yOfOrder8();
  // Of order 1, 2, 4 and 8, and what else fits into 255 bits and stands for the same.
  const small = [1n, p - 1n, 0n, y, p - y, p, p + 1n];
  for (const value of small) {
    for (const sign of [false, true]) {
      const key = encode(value, sign);
      assert.deepEqual([inSsh(key), inX509(key)], [true, true], key.toString("hex"));
    }
  }
  const near = [2n, p - 2n, p + 2n, y + 1n, y - 1n].map((value) => encode(value, false));
  const sound = Array.from({ length: 32 }, () =>
    generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).subarray(-32),
  );
  for (const key of [...near, ...sound]) assert.deepEqual([inSsh(key), inX509(key)], [false, false]);
});
