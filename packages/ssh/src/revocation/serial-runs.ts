/** Serial numbers from `first` to `last`, both included. */
export interface SerialRange {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * Ranges in ascending order that neither overlap nor touch: range `i` is `firsts[i]` to `lasts[i]`. Never changed once
 * made.
 */
export interface SerialRuns {
  readonly firsts: BigUint64Array;
  readonly lasts: BigUint64Array;
}

/** Runs of ranges in any order. */
export function runsOfRanges(ranges: readonly SerialRange[]): SerialRuns {
  const sorted = [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  return coalesce(
    BigUint64Array.from(sorted, ({ first }) => first),
    BigUint64Array.from(sorted, ({ last }) => last),
  );
}

/** Runs of single serial numbers in any order. */
export function runsOfSerials(serials: readonly bigint[]): SerialRuns {
  const sorted = BigUint64Array.from(serials).sort();
  return coalesce(sorted, sorted);
}

/** All numbers of both, in time proportional to their runs. */
export function mergeRuns(a: SerialRuns, b: SerialRuns): SerialRuns {
  const size = a.firsts.length + b.firsts.length;
  const firsts = new BigUint64Array(size);
  const lasts = new BigUint64Array(size);
  for (let out = 0, left = 0, right = 0; out < size; out++) {
    const fromLeft = right >= b.firsts.length || (a.firsts[left] ?? endOfSerials) < (b.firsts[right] ?? 0n);
    const [runs, at] = fromLeft ? [a, left++] : [b, right++];
    firsts[out] = runs.firsts[at] ?? 0n;
    lasts[out] = runs.lasts[at] ?? 0n;
  }
  return coalesce(firsts, lasts);
}

// One above the largest serial number.
const endOfSerials = 1n << 64n;

function coalesce(firsts: BigUint64Array, lasts: BigUint64Array): SerialRuns {
  const out = { firsts: new BigUint64Array(firsts.length), lasts: new BigUint64Array(firsts.length) };
  let count = 0;
  let end = -2n;
  for (let at = 0; at < firsts.length; at++) {
    const first = firsts[at] ?? 0n;
    const last = lasts[at] ?? 0n;
    if (first > end + 1n) {
      out.firsts[count] = first;
      out.lasts[count++] = last;
      end = last;
    } else if (last > end) {
      out.lasts[count - 1] = last;
      end = last;
    }
  }
  return sliceRuns(out, 0, count);
}

/** A part of the runs, as views. */
export function sliceRuns({ firsts, lasts }: SerialRuns, from: number, to: number): SerialRuns {
  return { firsts: firsts.subarray(from, to), lasts: lasts.subarray(from, to) };
}

/** How many entries of an ascending list are below the number. */
export function countBelow(ascending: BigUint64Array, limit: bigint): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0n) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
