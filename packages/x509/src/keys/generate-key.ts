import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";

/** Kinds of keys that can be made; `ecdsa-p256` is the one to take without a reason for another. */
export type GeneratedKeyAlgorithm = "ecdsa-p256" | "ed25519" | "rsa-2048";

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** Makes a key pair on the thread pool. RSA takes tens of milliseconds of it, the others some twenty microseconds. */
export function generateKey(algorithm: GeneratedKeyAlgorithm): Promise<KeyPair> {
  switch (algorithm) {
    case "ecdsa-p256":
      return generate("ec", { namedCurve: "P-256" });
    case "ed25519":
      return generate("ed25519");
    case "rsa-2048":
      return generate("rsa", { modulusLength: 2048 });
  }
}
