import type { Change, Item, StoredChange } from "../backend.ts";
import { conditionHolds, isLive, type Refusal } from "../condition.ts";
import { isAuditKey } from "../key.ts";
import type { SortedItems } from "./sorted-items.ts";

/** A change without its place in the log. */
export type Effect = Omit<StoredChange, "sequence">;

/** Does all changes and gives what watchers see of them, or does none and says which condition did not hold. */
export function applyCommit(
  items: SortedItems,
  changes: readonly Change[],
  now: number,
): readonly Effect[] | Refusal {
  for (const [index, change] of changes.entries()) {
    const stored = items.get(change.key);
    const found = stored !== undefined && isLive(stored, now) ? stored : undefined;
    if (!conditionHolds(change.condition, found)) {
      return { ok: false, index, key: change.key, found: found === undefined ? "absent" : "present" };
    }
  }
  return changes.flatMap((change) => applyChange(items, change));
}

function applyChange(items: SortedItems, change: Change): Effect[] {
  if (change.op === "check") return [];
  const previous = items.get(change.key);
  if (change.op === "delete") {
    if (previous === undefined) return [];
    items.delete(change.key);
    return watched({ op: "delete", key: change.key, previous });
  }
  const { key, value, revision, expiresAt } = change;
  const item: Item = { key, value, revision, expiresAt };
  items.put(item);
  return watched({ op: "put", key, item, previous });
}

function watched(effect: Effect): Effect[] {
  return isAuditKey(effect.key) ? [] : [effect];
}
