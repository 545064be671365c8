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

  /** What to do next, in a sentence for a person; undefined where there is nothing general to say. */
  get hint(): string | undefined {
    const line: { hint?: string } = catalog[this.reason];
    return line.hint;
  }
}

export const isAppError = (error: unknown, reason?: Reason): error is AppError =>
  error instanceof AppError && (reason === undefined || error.reason === reason);
