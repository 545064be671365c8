import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { AppError } from "../errors/index.ts";

/** The year 1, which programs written in Go send where a time is not set. */
const unsetSeconds = -62135596800n;

/**
 * A time of the wire in milliseconds since 1970; undefined where it is not set, be it left out or the year 1 that
 * programs written in Go send.
 */
export function instantOf(time: Timestamp | undefined): number | undefined {
  return time === undefined || time.seconds === unsetSeconds ? undefined : timestampMs(time);
}

/**
 * An instant in milliseconds since 1970 as a time of the wire; undefined stays undefined.
 *
 * @throws AppError BAD_PARAMETER for what is no number of milliseconds, such as the NaN of an unreadable date.
 */
export function timestampOf(at: number | undefined): Timestamp | undefined {
  if (at === undefined) return undefined;
  if (Number.isFinite(at)) return timestampFromMs(at);
  throw new AppError(
    "BAD_PARAMETER",
    `a time must be a number of milliseconds since 1970, not ${String(at)}`,
  );
}
