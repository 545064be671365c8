import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";

/** Seconds of the year 1, which Go sends for a time that is not set. */
const ZERO_TIME_SECONDS = -62135596800n;

/** The end of the year 9999, the last instant that a timestamp may name, and that every form of a time can write. */
export const LATEST_AT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Milliseconds since 1970; undefined where no time is set. What no timestamp may name counts as the last that one may. */
export function readTime(timestamp: Timestamp | undefined): number | undefined {
  if (timestamp === undefined || timestamp.seconds <= ZERO_TIME_SECONDS) return undefined;
  const at = Number(timestamp.seconds) * 1000 + Math.floor(timestamp.nanos / 1_000_000);
  return Math.min(at, LATEST_AT);
}

/** A time that is not set is left out: Go reads that as its zero time, and 1970 as a time long past. */
export function writeTime(at: number | undefined): Timestamp | undefined {
  if (at === undefined) return undefined;
  const seconds = Math.floor(at / 1000);
  return create(TimestampSchema, {
    seconds: BigInt(seconds),
    nanos: Math.round((at - seconds * 1000) * 1e6),
  });
}

const NANOS_PER_MS = 1_000_000n;

/** Milliseconds from an int64 of nanoseconds, rounded down. */
export const readNanos = (nanos: bigint): number => Number(nanos / NANOS_PER_MS);

export const writeNanos = (ms: number): bigint => BigInt(Math.floor(ms)) * NANOS_PER_MS;
