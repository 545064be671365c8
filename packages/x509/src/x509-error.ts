/**
 * What was wrong: `MALFORMED` bytes that are not what they claim to be, `TOO_LARGE` input beyond a limit,
 * `UNSUPPORTED` a kind this package does not handle, `WEAK_KEY` a key too weak to trust, `INVALID` a value that a
 * caller asked to be written and that must not be, `MISMATCH` two parts that do not belong together.
 */
export type X509ErrorCode = "MALFORMED" | "TOO_LARGE" | "UNSUPPORTED" | "WEAK_KEY" | "INVALID" | "MISMATCH";

/** The one error of this package. The message never holds key material. */
export class X509Error extends Error {
  override readonly name = "X509Error";
  readonly code: X509ErrorCode;

  constructor(code: X509ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
