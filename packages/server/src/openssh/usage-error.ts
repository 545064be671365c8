/** The words on the command line do not fit each other; ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
