import { AppError } from "@sallyport/api";
import type { Caller } from "../rpc/index.ts";
import type { ResourceName, SilentKind, WatchSource, WatchWish } from "./source.ts";

/** One kind that a stream was granted. */
export interface GrantedKind {
  readonly wish: WatchWish;
  readonly source: WatchSource | undefined;
  readonly wants: (noun: unknown, name: ResourceName) => boolean;
}

/**
 * Which of the wished kinds the caller gets. Without `allowPartial` one refusal refuses the whole watch; with it
 * the refused kinds are left out, and a watch of which nothing is left is a bad request.
 */
export function decideWatch(
  caller: Caller,
  wishes: readonly WatchWish[],
  allowPartial: boolean,
  sourceOf: (kind: string) => WatchSource | SilentKind | undefined,
): readonly GrantedKind[] {
  if (wishes.length === 0) throw new AppError("ACCESS_DENIED", "a watch needs at least one kind");
  if (wishes.length > MAX_KINDS)
    throw new AppError("BAD_PARAMETER", `a watch has at most ${MAX_KINDS} kinds`);
  const granted: GrantedKind[] = [];
  for (const wish of wishes) {
    try {
      granted.push(grant(caller, wish, sourceOf(wish.kind)));
    } catch (error) {
      if (!allowPartial || !(error instanceof AppError)) throw error;
    }
  }
  if (granted.length === 0) throw new AppError("BAD_PARAMETER", "none of the kinds may be watched");
  return granted;
}

const MAX_KINDS = 256;

function grant(caller: Caller, wish: WatchWish, source: WatchSource | SilentKind | undefined): GrantedKind {
  if (source === undefined) throw new AppError("BAD_PARAMETER", `kind "${wish.kind}" cannot be watched`);
  if (!mayWatch(caller, wish, source)) {
    throw new AppError("ACCESS_DENIED", `access denied to watch ${wish.kind}`);
  }
  if ("silent" in source) return { wish, source: undefined, wants: () => false };
  const filter = source.parseFilter(wish);
  const wants = (noun: unknown, name: ResourceName) =>
    (wish.name === "" || wish.name === name.name) && filter.matches(noun, name);
  return { wish, source, wants };
}

/** A plugin takes a kind that is confirmed for one that it may list, so silence is no reason to confirm it. */
function mayWatch(caller: Caller, wish: WatchWish, source: WatchSource | SilentKind): boolean {
  if (!("silent" in source)) return source.mayWatch(caller, wish).allow;
  return source.forAnyone === true || caller.permissions.check(source.kind, ["read"]).allow;
}
