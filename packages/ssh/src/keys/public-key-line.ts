import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { parsePublicKeyBlob, type SshPublicKey } from "./public-key.ts";

const maxLineChars = 400_000;
const lineShape = /^([!-~]{1,64})[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t]+(\S.*))?$/;

/** One line `<type> <base64> [comment]`, taken apart; the type stands in the blob too, and the two agree. */
export interface KeyLine {
  readonly type: string;
  readonly blob: Uint8Array;
  readonly comment: string;
}

/**
 * Reads a line in the form of authorized_keys or a `.pub` file, of a key or a certificate. Options in front of the
 * type are refused.
 *
 * @throws SshError MALFORMED or TOO_LARGE.
 */
export function parseKeyLine(line: string): KeyLine {
  if (line.length > maxLineChars) throw new SshError("TOO_LARGE", "the SSH key line is too long");
  const [, type, base64 = "", comment = ""] = lineShape.exec(line.trim()) ?? [];
  const blob = Buffer.from(base64, "base64");
  if (type === undefined || base64.length % 4 !== 0 || new WireReader(blob).text() !== type) {
    throw new SshError("MALFORMED", "a line of the form `<type> <base64> [comment]` was expected");
  }
  return { type, blob, comment };
}

/**
 * Reads the public key of an authorized_keys line.
 *
 * @throws SshError as `parseKeyLine` and `parsePublicKeyBlob`: a certificate is refused.
 */
export function parsePublicKeyLine(line: string): SshPublicKey {
  return parsePublicKeyBlob(parseKeyLine(line).blob);
}

/** `<type> <base64>`, then the comment where there is one; no newline at the end. */
export function formatPublicKeyLine(
  key: { readonly type: string; readonly blob: Uint8Array },
  comment = "",
): string {
  if (/\p{Cc}/u.test(comment)) throw new SshError("INVALID", "the comment of a key has a control character");
  const base64 = Buffer.from(key.blob.buffer, key.blob.byteOffset, key.blob.length).toString("base64");
  return comment === "" ? `${key.type} ${base64}` : `${key.type} ${base64} ${comment}`;
}
