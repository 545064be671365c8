import { wireMpint, wireString, wireUint64 } from "../wire/write-wire.ts";
import { certificateSection, maxBitmapBits } from "./krl-section.ts";
import { planSerials, type SerialPlan } from "./plan-serials.ts";
import type { SerialRuns } from "./serial-runs.ts";
import type { SerialSet } from "./serial-set.ts";

// Blocks never change, so what was written for one holds as long as the block is in use.
const written = new WeakMap<SerialRuns, Buffer>();

/** Sections of the serial numbers, each block in the smallest mix of lists, ranges and bitmaps. */
export function encodeSerials(serials: SerialSet): Buffer[] {
  return serials.blocks.map((block) => {
    const known = written.get(block);
    if (known !== undefined) return known;
    const made = Buffer.concat(planSerials(block, maxBitmapBits).map((plan) => encodeSection(block, plan)));
    written.set(block, made);
    return made;
  });
}

function encodeSection(runs: SerialRuns, plan: SerialPlan): Buffer {
  const type = certificateSection[plan.form];
  return Buffer.concat([Uint8Array.of(type), wireString(contents[plan.form](runs, plan))]);
}

const contents = { serialList: encodeList, serialRange: encodeRange, serialBitmap: encodeBitmap };

function encodeList(runs: SerialRuns, { from, to }: SerialPlan): Buffer {
  const serials: bigint[] = [];
  for (let at = from; at < to; at++) {
    const last = runs.lasts[at] ?? 0n;
    for (let serial = runs.firsts[at] ?? 0n; serial <= last; serial++) serials.push(serial);
  }
  const out = Buffer.allocUnsafe(serials.length * 8);
  for (const [index, serial] of serials.entries()) out.writeBigUInt64BE(serial, index * 8);
  return out;
}

function encodeRange({ firsts, lasts }: SerialRuns, { from }: SerialPlan): Buffer {
  return Buffer.concat([wireUint64(firsts[from] ?? 0n), wireUint64(lasts[from] ?? 0n)]);
}

function encodeBitmap({ firsts, lasts }: SerialRuns, { from, to }: SerialPlan): Buffer {
  const offset = firsts[from] ?? 0n;
  const bitmap = Buffer.alloc((Number((lasts[to - 1] ?? 0n) - offset) >>> 3) + 1);
  for (let at = from; at < to; at++) {
    const last = Number((lasts[at] ?? 0n) - offset);
    for (let bit = Number((firsts[at] ?? 0n) - offset); bit <= last; bit++) {
      const octet = bitmap.length - 1 - (bit >>> 3);
      bitmap[octet] = (bitmap[octet] ?? 0) | (1 << (bit & 7));
    }
  }
  return Buffer.concat([wireUint64(offset), wireMpint(bitmap)]);
}
