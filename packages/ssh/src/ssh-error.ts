/**
 * What was wrong: `MALFORMED` bytes or text that is not what it claims to be, `TOO_LARGE` input beyond a limit,
 * `UNSUPPORTED` a kind this package does not handle, `WEAK_KEY` a key too weak to trust, `INVALID` a value that a
 * caller asked to be written and that must not be.
 */
export type SshErrorCode = "MALFORMED" | "TOO_LARGE" | "UNSUPPORTED" | "WEAK_KEY" | "INVALID";

/** The one error of this package. The message never holds key material. */
export class SshError extends Error {
  override readonly name = "SshError";
  readonly code: SshErrorCode;

  constructor(code: SshErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
