import { AppError } from "../errors/index.ts";

const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/**
 * RFC 3339 in UTC, cut to a second.
 *
 * @throws AppError BAD_PARAMETER for a time that has no such form.
 */
export function formatRfc3339(date: Date): string {
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999))
    throw new AppError("BAD_PARAMETER", "a time is outside the years 0 to 9999");
  return `${date.toISOString().slice(0, 19)}Z`;
}

/**
 * Reads RFC 3339; undefined for an empty text and for the zero time of Go (year 1).
 *
 * @throws AppError BAD_PARAMETER
 */
export function parseRfc3339(field: string, text: string): Date | undefined {
  if (text === "" || text.startsWith("0001-01-01T00:00:00")) return undefined;
  const at = shape.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at);
  throw new AppError("BAD_PARAMETER", `${field} of the certificate is not a time`, { details: { field } });
}
