import { catalog, type GrpcCode, type Reason } from "./catalog.ts";

/** Facts that may be shown to the caller, for example the field that is wrong or the nearest known name. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/**
 * The one error of this project. `message` and `details` may cross the wire; `cause` never does.
 *
 * @example throw new AppError("NOT_FOUND", `role "ops" is not there`);
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly reason: Reason;
  readonly code: GrpcCode;
  readonly details: ErrorDetails;

  constructor(reason: Reason, message?: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(
      message ?? catalog[reason].words,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.reason = reason;
    this.code = catalog[reason].code;
    this.details = options.details ?? {};
  }

  /**
   * What to do next, in a sentence for a person: `details.hint`, else what the catalogue says of the reason. Undefined
   * where there is nothing to say, as with an empty `details.hint`.
   */
  get hint(): string | undefined {
    const own = this.details.hint;
    if (typeof own === "string") return own === "" ? undefined : own;
    const line: { hint?: string } = catalog[this.reason];
    return line.hint;
  }
}

/**
 * Whether an error is one of this project, with a given reason where one is named.
 *
 * @example if (isAppError(error, "NOT_FOUND")) return undefined;
 */
export function isAppError(error: unknown, reason?: Reason): error is AppError {
  return error instanceof AppError && (reason === undefined || error.reason === reason);
}
