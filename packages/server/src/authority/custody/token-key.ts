import type { KeyObject } from "node:crypto";
import { AppError } from "@sallyport/api";
import type { DistantKey } from "@sallyport/x509";
import type { TokenSigner } from "../../signer/index.ts";

const PREFIX = "pkcs11:";

/** What stands in place of a private key that is in a token. It is no secret. */
export const writeReference = (keyId: string): Buffer =>
  Buffer.from(`${PREFIX}${JSON.stringify({ key_id: keyId })}`);

/** The id of the key. Throws INTERNAL for what is no reference. */
export function readReference(stored: Uint8Array): string {
  const text = Buffer.from(stored).toString("utf8");
  const keyId = text.startsWith(PREFIX) ? keyIdIn(text.slice(PREFIX.length)) : undefined;
  if (keyId !== undefined) return keyId;
  throw new AppError("INTERNAL", "what is stored in place of a private key is no reference to a token");
}

function keyIdIn(json: string): string | undefined {
  try {
    const { key_id } = JSON.parse(json) as { key_id?: unknown };
    return typeof key_id === "string" && /^[0-9a-f]{32}$/.test(key_id) ? key_id : undefined;
  } catch {
    return undefined;
  }
}

/** A key in the token, as what signs takes it. */
export function tokenKey(token: TokenSigner, keyId: string, publicKey: KeyObject): DistantKey {
  return {
    publicKey,
    sign: (digest, bytes) => {
      if (digest === "sha256" || digest === "sha512") return token.sign({ keyId, digest, bytes });
      throw new AppError("INTERNAL", `tokens do not sign with the digest ${digest}`);
    },
  };
}
