import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";

/** How an instant that is not set is written where the key is always there: Go's zero time. */
export const ZERO_TIME = "0001-01-01T00:00:00Z";

const ZERO_SECONDS = -62_135_596_800n;
const LAST_SECONDS = 253_402_300_799n;
const NANOS = 1_000_000_000;

const FORM = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:Z|([+-])(\d\d):(\d\d))$/;

/** True for no time, and for the year 1, which Go sends where none is set. */
export function isUnsetTime(time: Timestamp | undefined): boolean {
  return time === undefined || time.seconds < ZERO_SECONDS || (time.seconds === ZERO_SECONDS && !time.nanos);
}

/** RFC 3339 in UTC with as many digits of a second as are needed; what lies outside year 1 to 9999 is clamped. */
export function formatTime(time: Timestamp): string {
  if (isUnsetTime(time)) return ZERO_TIME;
  if (time.seconds > LAST_SECONDS) return "9999-12-31T23:59:59.999999999Z";
  const text = new Date(Number(time.seconds) * 1000).toISOString().slice(0, 19);
  const nanos = Math.min(Math.max(0, time.nanos), NANOS - 1);
  const digits = nanos.toString().padStart(9, "0").replace(/0+$/, "");
  return digits === "" ? `${text}Z` : `${text}.${digits}Z`;
}

/**
 * The instant of an RFC 3339 text; `"unset"` for Go's zero time. Undefined where the text is no such time, or names a
 * day, hour or second that does not exist.
 */
export function parseTime(text: string): Timestamp | "unset" | undefined {
  const match = text.length > 64 ? null : FORM.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Six;
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = offsetSeconds(match[8], Number(match[9] ?? 0), Number(match[10] ?? 0));
  if (offset === undefined) return undefined;
  const seconds = midnight.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset;
  const time = create(TimestampSchema, {
    seconds: BigInt(seconds),
    nanos: Number((match[7] ?? "").padEnd(9, "0")),
  });
  if (time.seconds < ZERO_SECONDS || time.seconds > LAST_SECONDS) return undefined;
  return isUnsetTime(time) ? "unset" : time;
}

type Six = [number, number, number, number, number, number];

function offsetSeconds(sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (hours > 23 || minutes > 59) return undefined;
  return (sign === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
}
