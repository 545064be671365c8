import { newUuidV7 } from "../../kernel/ids.ts";

/** CKA_ID of a new key: a UUID of version 7, so that it tells when the key was made. */
export const newKeyId = (now: number): Buffer => Buffer.from(newUuidV7(now).replaceAll("-", ""), "hex");

const versioned = /^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/;

/** Milliseconds since 1970; undefined for an id that does not tell. */
export function madeAtOf(keyId: string): number | undefined {
  return versioned.test(keyId) ? Number.parseInt(keyId.slice(0, 12), 16) : undefined;
}
