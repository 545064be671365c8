import { AppError, type ErrorDetails, type Reason } from "@sallyport/api";

/** A decision's no: an ordinary answer, which becomes an error only at the door. */
export interface Refusal {
  readonly allow: false;
  readonly reason: Reason;
  readonly because: string;
}

export function refuse(reason: Reason, because: string): Refusal {
  return { allow: false, reason, because };
}

export function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === "object" && answer !== null && "allow" in answer && answer.allow === false;
}

/** For the doors: what was decided, or the refusal as the error that the caller gets. */
export function orThrow<Answer>(
  answer: Answer | Refusal,
  details: ErrorDetails = {},
): Exclude<Answer, Refusal> {
  if (isRefusal(answer)) throw new AppError(answer.reason, answer.because, { details });
  return answer as Exclude<Answer, Refusal>;
}

/** The same where directives of roles decide, on asking and reviewing: another command tells which ones. */
export function orExplain<Answer>(answer: Answer | Refusal): Exclude<Answer, Refusal> {
  const isDenied = isRefusal(answer) && answer.reason === "ACCESS_DENIED";
  return orThrow(answer, isDenied ? { hint: explainHint } : {});
}

const explainHint = "Ask an administrator which role allows this: tctl requests explain.";
