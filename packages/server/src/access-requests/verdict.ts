import { AppError, type Reason } from "@sallyport/api";

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
export function orThrow<Answer>(answer: Answer | Refusal): Exclude<Answer, Refusal> {
  if (isRefusal(answer)) throw new AppError(answer.reason, answer.because);
  return answer as Exclude<Answer, Refusal>;
}
