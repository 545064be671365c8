import { AppError } from "@sallyport/api";
import type { CommitResult, Condition } from "./backend.ts";

/** What a refused write means for the caller, by the condition that did not hold. `what` names the record. */
export function commitError(
  what: string,
  condition: Condition,
  result: Extract<CommitResult, { ok: false }>,
): AppError {
  switch (condition.is) {
    case "absent":
      return new AppError("ALREADY_EXISTS", `${what} exists already`);
    case "present":
      return new AppError("NOT_FOUND", `${what} is not there`);
    case "at":
      return result.found === "absent"
        ? new AppError("COMPARE_FAILED", `${what} was deleted in the meantime`)
        : new AppError("COMPARE_FAILED", `${what} was changed in the meantime`);
    case "any":
      return new AppError("INTERNAL", `writing ${what} was refused`);
  }
}
