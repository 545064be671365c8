import type { CommitResult, Condition, Item, Revision } from "./backend.ts";

export type Refusal = Extract<CommitResult, { ok: false }>;

/** Whether the condition holds of what is there; `found` must not be an expired item. */
export function conditionHolds(condition: Condition, found: { revision: Revision } | undefined): boolean {
  switch (condition.is) {
    case "any":
      return true;
    case "absent":
      return found === undefined;
    case "present":
      return found !== undefined;
    case "at":
      return found?.revision === condition.revision;
  }
}

/** From its `expiresAt` on an item reads as absent. */
export function isLive(item: Pick<Item, "expiresAt">, now: number): boolean {
  return item.expiresAt === undefined || item.expiresAt > now;
}
