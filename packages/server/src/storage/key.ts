import { AppError } from "@sallyport/api/errors";
import type { Key } from "./backend.ts";

/** Longest segment in bytes, so that an index of keys stays small. */
const MAX_SEGMENT_BYTES = 1024;

/**
 * What lies below is written like anything else but never watched nor logged: the audit entry of an act travels
 * in the commit of the act.
 */
export const AUDIT_PREFIX = "/audit/" as Key;

export function isAuditKey(path: Key): boolean {
  return path.startsWith(AUDIT_PREFIX);
}

/** `/a/b` from its segments. Each is escaped: `/`, `%` and control characters never stand for themselves. */
export function key(...segments: readonly string[]): Key {
  let path = "";
  for (const segment of segments) path += `/${escapeSegment(segment)}`;
  return path as Key;
}

/** The prefix of all keys below the segments: `/a/b/`. */
export function prefix(...segments: readonly string[]): Key {
  return `${key(...segments)}/` as Key;
}

/** The segments of a key, unescaped. */
export function segmentsOf(path: Key): string[] {
  return path
    .split("/")
    .filter((part) => part !== "")
    .map((part) => decodeURIComponent(part));
}

/** What needs no escape; such a segment is ASCII, so it has as many bytes as characters. */
const PLAIN = /^[\w.@:+=,~ -]*$/;

function escapeSegment(segment: string): string {
  if (segment === "" || segment === "." || segment === "..") {
    throw new AppError("BAD_PARAMETER", `a name cannot be ${JSON.stringify(segment)}`);
  }
  const isPlain = PLAIN.test(segment);
  if ((isPlain ? segment.length : Buffer.byteLength(segment)) > MAX_SEGMENT_BYTES) {
    throw new AppError("BAD_PARAMETER", `a name cannot be longer than ${MAX_SEGMENT_BYTES} bytes`);
  }
  if (isPlain) return segment;
  if (!segment.isWellFormed()) throw new AppError("BAD_PARAMETER", "a name must be valid Unicode");
  return encodeURIComponent(segment);
}
