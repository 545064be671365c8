/** What the shell is told. */
export const exitCodes = { ok: 0, failure: 1, usage: 2 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The words on the command line do not fit each other; ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
