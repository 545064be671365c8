import type { SignerFailure } from "../protocol/messages.ts";

/** A token, or its module, did not do what it was asked. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly failure: SignerFailure;

  constructor(failure: SignerFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** Return values (PKCS#11 2.40, `pkcs11t.h`) that a person can do something about. */
const words: ReadonlyMap<number, readonly [SignerFailure, string]> = new Map([
  [0x08, ["stop", "the module cannot be used by several threads: leave max_sessions out"]],
  [0x09, ["stop", "the module cannot be used by several threads: leave max_sessions out"]],
  [0xb1, ["gone", "the token has no session left: lower max_sessions"]],
  [0xa0, ["stop", "the PIN is wrong"]],
  [0xa2, ["stop", "the PIN is too short or too long"]],
  [0xa3, ["stop", "the PIN has expired"]],
  [0xa4, ["stop", "the PIN is locked: too many wrong ones"]],
  [0x102, ["stop", "the token has no user PIN yet"]],
  [0x30, ["gone", "the token reports a fault"]],
  [0x31, ["gone", "the token has no memory left"]],
  [0x32, ["gone", "the token was taken out"]],
  [0x70, ["refused", "the token does not know this kind of key"]],
  [0xe0, ["gone", "the token is not there"]],
  [0xe2, ["refused", "the token is write-protected"]],
]);

export function tokenErrorOf(functionName: string, result: number): TokenError {
  const code = `${functionName} returned 0x${result.toString(16)}`;
  const [failure, said] = words.get(result) ?? ["gone", "the token failed"];
  return new TokenError(failure, `${said} (${code})`);
}
