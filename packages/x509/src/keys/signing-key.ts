import type { KeyObject } from "node:crypto";

/** A private key that is somewhere else, for example in a hardware token, and signs there. */
export interface DistantKey {
  readonly publicKey: KeyObject;
  /**
   * Signs as `sign` of `node:crypto` would: PKCS#1 v1.5 for RSA, DER for ECDSA. `digest` is null where the scheme has
   * its own.
   */
  sign(digest: string | null, bytes: Uint8Array): Promise<Buffer>;
}

/** What signs: a private key in this process, or one that is somewhere else. */
export type SigningKey = KeyObject | DistantKey;

export const isDistantKey = (key: SigningKey): key is DistantKey => "publicKey" in key;

/** The key as a key object, for looking at what kind it is; of a distant one the public half. */
export const visibleHalf = (key: SigningKey): KeyObject => (isDistantKey(key) ? key.publicKey : key);
