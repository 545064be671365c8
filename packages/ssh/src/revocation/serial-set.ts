import { SshError } from "../ssh-error.ts";
import {
  countBelow,
  mergeRuns,
  runsOfRanges,
  runsOfSerials,
  type SerialRange,
  type SerialRuns,
  sliceRuns,
} from "./serial-runs.ts";

const maxSerial = 0xffff_ffff_ffff_ffffn;
const blockRuns = 1024;

/**
 * A set of certificate serial numbers, 1 to 2^64 - 1. It is kept in blocks of sorted ranges, so that adding a few
 * numbers to many touches the few blocks that they fall in.
 */
export class SerialSet {
  #blocks: readonly SerialRuns[] = [];

  constructor(serials: Iterable<bigint | SerialRange> = []) {
    this.add(serials);
  }

  /**
   * Adds numbers and ranges; those that are there already change nothing.
   *
   * @throws SshError INVALID for 0, which no server ever matches (OpenSSH takes 0 for "no serial number"), for a number
   * beyond 64 bits and for a range that ends before it begins; then nothing is added.
   */
  add(serials: Iterable<bigint | SerialRange>): void {
    const singles: bigint[] = [];
    const ranges: SerialRange[] = [];
    for (const one of serials) {
      if (typeof one === "bigint") {
        checkRange(one, one);
        singles.push(one);
      } else {
        checkRange(one.first, one.last);
        ranges.push(one);
      }
    }
    const added =
      ranges.length === 0 ? runsOfSerials(singles) : mergeRuns(runsOfSerials(singles), runsOfRanges(ranges));
    if (added.firsts.length > 0) this.#blocks = mergeBlocks(this.#blocks, added);
  }

  has(serial: bigint): boolean {
    const block = this.#blocks.findLast(({ firsts }) => (firsts[0] ?? maxSerial) <= serial);
    if (block === undefined) return false;
    const at = countBelow(block.firsts, serial + 1n) - 1;
    return serial <= (block.lasts[at] ?? 0n);
  }

  /** How many ranges the numbers fall into; a number without neighbours is one. */
  get rangeCount(): number {
    return this.#blocks.reduce((sum, { firsts }) => sum + firsts.length, 0);
  }

  /** All numbers as ranges, in ascending order. */
  *ranges(): Generator<SerialRange> {
    for (const { firsts, lasts } of this.#blocks) {
      for (let at = 0; at < firsts.length; at++) yield { first: firsts[at] ?? 0n, last: lasts[at] ?? 0n };
    }
  }

  /** The blocks in ascending order; one that an addition did not touch stays the same object. */
  get blocks(): readonly SerialRuns[] {
    return this.#blocks;
  }
}

function checkRange(first: bigint, last: bigint): void {
  if (first === 0n) {
    throw new SshError(
      "INVALID",
      "a certificate with serial number 0 cannot be revoked by its serial number: revoke its key or its key id",
    );
  }
  if (first < 0n || last > maxSerial || first > last) {
    const shown = first === last ? `${first}` : `${first}-${last}`;
    throw new SshError("INVALID", `${shown.slice(0, 64)} is not a serial number or range within 64 bits`);
  }
}

function mergeBlocks(blocks: readonly SerialRuns[], added: SerialRuns): SerialRuns[] {
  if (blocks.length === 0) return splitRuns(added);
  const out: SerialRuns[] = [];
  let taken = 0;
  for (let next = 0; next < blocks.length; ) {
    let merged = blocks[next++] ?? added;
    for (;;) {
      const nextFirst = blocks[next]?.firsts[0];
      const end = nextFirst === undefined ? added.firsts.length : countBelow(added.firsts, nextFirst);
      if (end > taken) merged = mergeRuns(merged, sliceRuns(added, taken, end));
      taken = Math.max(taken, end);
      // A range that reaches the next block takes that block in.
      if (nextFirst === undefined || (merged.lasts.at(-1) ?? 0n) + 1n < nextFirst) break;
      merged = mergeRuns(merged, blocks[next++] ?? added);
    }
    out.push(...splitRuns(merged));
  }
  return out;
}

function splitRuns(runs: SerialRuns): SerialRuns[] {
  const count = runs.firsts.length;
  if (count <= 2 * blockRuns) return [runs];
  return Array.from({ length: Math.ceil(count / blockRuns) }, (_, index) =>
    sliceRuns(runs, index * blockRuns, Math.min(count, (index + 1) * blockRuns)),
  );
}
