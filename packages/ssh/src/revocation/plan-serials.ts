import type { SerialRuns } from "./serial-runs.ts";

/** One section to be written: runs `from` up to, not including, `to` in this form. A range has one run. */
export interface SerialPlan {
  readonly form: "serialList" | "serialRange" | "serialBitmap";
  readonly from: number;
  readonly to: number;
}

const forms = ["serialList", "serialRange", "serialBitmap"] as const;
const [list, range, bitmap] = [0, 1, 2] as const;

const never = Number.POSITIVE_INFINITY;

// Costs in bits. A section has a type octet and a length; a bitmap has an offset, the length of its number, and up to
// an octet of rounding.
const sectionCost = 8 + 32;
const rangeCost = sectionCost + 2 * 64;
const bitmapCost = sectionCost + 64 + 32 + 8;

/**
 * Divides the runs into sections so that all of them together are smallest: the cheapest way to write the first n runs
 * follows from the cheapest way to write those before, for each form that the n-th may be written in.
 */
export function planSerials(runs: SerialRuns, maxBits: number): SerialPlan[] {
  const { firsts, lasts } = runs;
  const count = firsts.length;
  // For each run and form: where the section began that holds the run, on the cheapest way there.
  const begins = forms.map(() => new Uint32Array(count));
  const best = new Uint8Array(count);
  const cost = [never, never, never];
  for (let at = 0, before = 0; at < count; at++) {
    const first = firsts[at] ?? 0n;
    const last = lasts[at] ?? 0n;
    const size = Number(last - first) + 1;
    const bitmapBegin = begins[bitmap]?.[at - 1] ?? 0;
    const span = Number(last - (firsts[bitmapBegin] ?? 0n)) + 1;
    const grown = span <= maxBits ? (cost[bitmap] ?? 0) + Number(last - (lasts[at - 1] ?? 0n)) : never;
    const fresh = size <= maxBits ? before + bitmapCost + size : never;
    const isListFresh = before + sectionCost < (cost[list] ?? 0);
    set(begins, list, at, isListFresh);
    set(begins, range, at, true);
    set(begins, bitmap, at, fresh < grown);
    cost[list] = Math.min(before + sectionCost, cost[list] ?? 0) + 64 * size;
    cost[range] = before + rangeCost;
    cost[bitmap] = Math.min(fresh, grown);
    best[at] = cheapest(cost);
    before = cost[best[at] ?? list] ?? 0;
  }
  return traceBack(begins, best);
}

function set(begins: readonly Uint32Array[], form: number, at: number, isFresh: boolean): void {
  const starts = begins[form];
  if (starts !== undefined) starts[at] = isFresh ? at : (starts[at - 1] ?? 0);
}

function cheapest(cost: readonly number[]): number {
  return cost.indexOf(Math.min(...cost));
}

function traceBack(begins: readonly Uint32Array[], best: Uint8Array): SerialPlan[] {
  const plans: SerialPlan[] = [];
  for (let to = best.length; to > 0; ) {
    const form = best[to - 1] ?? list;
    const from = begins[form]?.[to - 1] ?? 0;
    plans.push({ form: forms[form] ?? "serialList", from, to });
    to = from;
  }
  return plans.reverse();
}
