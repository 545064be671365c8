import type { Key } from "../storage/index.ts";
import { isDue } from "./decide-expiry.ts";
import { type AccessRequestDeps, rememberMs } from "./deps.ts";
import { requestExpired } from "./events.ts";
import { end, loadRequest } from "./store.ts";
import { dueLimit, indexPrefixes, lastSegment } from "./storing/keys.ts";

/** Requests that one round takes away at most, so that a flood of them never holds up anything else. */
const MAX_PER_ROUND = 120;

export interface ExpiryOptions {
  readonly everyMs: number;
  /** Told when a round fails; the next one tries again. */
  onError(error: unknown): void;
}

/** Sweeps on a timer until the returned function is called. */
export function startExpiry(deps: AccessRequestDeps, { everyMs, onError }: ExpiryOptions): () => void {
  let cancel = () => {};
  let stopped = false;
  const wait = (ms: number) => {
    if (!stopped) cancel = deps.clock.after(ms, round);
  };
  const round = () => {
    expireRequests(deps).then(
      // A full round means that there is more.
      (swept) => wait(swept === MAX_PER_ROUND ? 0 : everyMs),
      (error: unknown) => {
        onError(error);
        wait(everyMs);
      },
    );
  };
  wait(everyMs);
  return () => {
    stopped = true;
    cancel();
  };
}

/** One round; tells how many requests it looked at. What is due is found by its index key, nothing else is read. */
export async function expireRequests(deps: AccessRequestDeps): Promise<number> {
  const now = deps.clock.now();
  const due = { prefix: indexPrefixes.due, until: dueLimit(now), limit: MAX_PER_ROUND };
  const { items } = await deps.backend.list(due);
  await Promise.all(items.map(({ key }) => expireRequest(deps, key, now)));
  return items.length;
}

async function expireRequest(deps: AccessRequestDeps, indexKey: Key, now: number): Promise<void> {
  const request = await loadRequest(deps.backend, lastSegment(indexKey));
  if (request === undefined || !isDue(request, now)) {
    await deps.backend.commit([{ op: "delete", key: indexKey, condition: { is: "any" } }]);
    return;
  }
  const ending = { endedAt: now, how: "expired", rememberMs: rememberMs(deps) } as const;
  // If somebody changes it at this very moment, the commit does nothing and the next round decides anew.
  await deps.backend.commit([...end(request, ending), deps.auditChange(requestExpired(request))]);
}
