import { AppError, type Reason } from "@sallyport/api";

/** A decision's no: an ordinary answer, which becomes an error only at the door. */
export interface Refusal {
  readonly allow: false;
  readonly reason: Reason;
  readonly because: string;
}

export const refuse = (reason: Reason, because: string): Refusal => ({ allow: false, reason, because });

export const isRefusal = (answer: object): answer is Refusal => "allow" in answer && answer.allow === false;

/** For the doors: what was decided, or the refusal as the error that the caller gets. */
export function orThrow<Answer extends object>(answer: Answer | Refusal): Answer {
  if (isRefusal(answer)) throw new AppError(answer.reason, answer.because);
  return answer;
}
