import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { AppError } from "@sallyport/api";
import type { KeyUse } from "../ca-types.ts";

/** Where a private key belongs. It opens there and nowhere else. */
export interface KeyPlace {
  /** Of the authority, as it is stored. */
  readonly type: string;
  readonly clusterName: string;
  readonly use: KeyUse;
  /** The public half beside it: the line, the certificate or the PEM. */
  readonly publicHalf: Uint8Array;
}

/** What private keys are made unreadable with before they are stored. */
export interface KeySealing {
  seal(key: Uint8Array, place: KeyPlace): Uint8Array;
  /** Throws INTERNAL for what is not sealed, by another key, for another place or damaged. */
  open(stored: Uint8Array, place: KeyPlace): Uint8Array;
}

const magic = Buffer.from("sallyport sealed key 1\n");
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const DATA_KEY_BYTES = 32;

export const isSealed = (stored: Uint8Array): boolean =>
  magic.equals(Buffer.from(stored.subarray(0, magic.length)));

/** Keys as they are, where the cluster has no encryption of them. */
export const clearKeys: KeySealing = {
  seal: (key) => key,
  open: (stored, place) => {
    if (!isSealed(stored)) return stored;
    throw refused(place, "is encrypted, and how is not stored any more: restore the whole database");
  },
};

/** AES-256-GCM under the data key, a random nonce for each; bound to the place by the additional data. */
export function sealWith(dataKey: Uint8Array): KeySealing {
  return {
    seal: (key, place) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", dataKey, nonce).setAAD(boundTo(place));
      return Buffer.concat([magic, nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    },
    open: (stored, place) => {
      // A key in clear is one that somebody put there who does not have the data key.
      if (!isSealed(stored)) throw refused(place, "is not encrypted, as it must be");
      return decrypt(dataKey, Buffer.from(stored).subarray(magic.length), place);
    },
  };
}

function decrypt(dataKey: Uint8Array, sealed: Buffer, place: KeyPlace): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw refused(place, "is cut short");
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", dataKey, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(place)).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw refused(place, "was changed in the database, or belongs to another place in it");
  }
}

/** Every part with its length, so that no two places are written alike. */
function boundTo({ type, clusterName, use, publicHalf }: KeyPlace): Buffer {
  const print = createHash("sha256").update(publicHalf).digest("hex");
  return Buffer.from(JSON.stringify(["sallyport ca key", type, clusterName, use, print]));
}

const refused = ({ type, clusterName, use }: KeyPlace, why: string) =>
  new AppError(
    "INTERNAL",
    `the private ${use} key of the ${type} certificate authority of "${clusterName}" ${why}`,
  );
