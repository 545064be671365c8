import { createHash } from "node:crypto";

/** What the octets are for (RFC 7292 appendix B.3). */
export const pkcs12Purpose = { key: 1, iv: 2, mac: 3 } as const;

const block = 64;

/**
 * Key derivation of PKCS#12 (RFC 7292 appendix B.2) with SHA-1 or SHA-256.
 *
 * @param password UTF-16, big end first, with the two zero octets at its end that the format wants.
 */
export function pkcs12Derive(input: {
  readonly digest: "sha1" | "sha256";
  readonly purpose: number;
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly length: number;
}): Buffer {
  const { digest, purpose, password, salt, iterations, length } = input;
  const diversifier = Buffer.alloc(block, purpose);
  const state = Buffer.concat([repeat(salt), repeat(password)]);
  const parts: Buffer[] = [];
  for (let made = 0; made < length; ) {
    let hash = createHash(digest).update(diversifier).update(state).digest();
    for (let round = 1; round < iterations; round++) hash = createHash(digest).update(hash).digest();
    parts.push(hash);
    made += hash.length;
    advance(state, repeat(hash).subarray(0, block));
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** Whole blocks of the octets over and over. */
function repeat(octets: Uint8Array): Buffer {
  const size = Math.ceil(octets.length / block) * block;
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => octets[index % octets.length] ?? 0));
}

/** Each block of the state, as a number, grows by the addend and one; what does not fit is dropped. */
function advance(state: Buffer, addend: Buffer): void {
  for (let start = 0; start < state.length; start += block) {
    let carry = 1;
    for (let at = block - 1; at >= 0; at--) {
      carry += (state[start + at] ?? 0) + (addend[at] ?? 0);
      state[start + at] = carry & 0xff;
      carry >>>= 8;
    }
  }
}
