import type { ReadVerdict } from "../reading/decide-visibility.ts";
import { type Refusal, refuse } from "../verdict.ts";
import { type AccessRequestWish, isPending } from "./wish.ts";

/** Who sends the request in. */
export interface Creator {
  readonly userName: string;
  /** Who acts under this name, where it is not they themselves; otherwise "". */
  readonly impersonator: string;
  readonly activeRequests: readonly string[];
}

/** May they create it at all? Everybody may ask for themselves, unless a rule denies it. */
export function decideCreate(
  verdict: ReadVerdict,
  wish: Pick<AccessRequestWish, "user" | "state">,
  creator: Creator,
): Refusal | undefined {
  const isOwn = creator.userName !== "" && wish.user === creator.userName;
  if (!isPending(wish)) return checkAnswered(verdict, isOwn || wish.user === creator.impersonator, creator);
  if (verdict.allow || (isOwn && !verdict.explicit)) return undefined;
  return refuse("ACCESS_DENIED", "access denied to create access requests");
}

/** A request that comes with its answer is an answer. */
function checkAnswered(verdict: ReadVerdict, isOwn: boolean, creator: Creator): Refusal | undefined {
  if (isOwn) return refuse("ACCESS_DENIED", "nobody can answer their own access request");
  if (creator.activeRequests.length > 0) {
    return refuse("ACCESS_DENIED", "drop your active access requests before you answer others");
  }
  return verdict.allow
    ? undefined
    : refuse("ACCESS_DENIED", "access denied to create access requests that are answered");
}
