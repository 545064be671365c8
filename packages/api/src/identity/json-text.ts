import { AppError } from "../errors/index.ts";

/** JSON without any raw control character, so that it can stand in a certificate whatever the values hold. */
export function toJsonText(value: unknown): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, escaped);
}

/**
 * A JSON array of strings.
 *
 * @throws AppError BAD_PARAMETER
 */
export function parseStringList(field: string, text: string): readonly string[] {
  const value = parseJson(field, text);
  if (isStringList(value)) return value;
  throw malformed(field);
}

/**
 * A JSON object with one member that is a list of strings, as some SSH extensions carry it.
 *
 * @throws AppError BAD_PARAMETER
 */
export function parseStringListMember(field: string, text: string, member: string): readonly string[] {
  const value = parseJson(field, text);
  if (typeof value !== "object" || value === null) throw malformed(field);
  const list = (Object.hasOwn(value, member) ? (value as Record<string, unknown>)[member] : null) ?? [];
  if (isStringList(list)) return list;
  throw malformed(field);
}

/** Any JSON value. */
export function parseJson(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(field, cause);
  }
}

/** True for an array of strings. */
export function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function malformed(field: string, cause?: unknown): AppError {
  return new AppError("BAD_PARAMETER", `${field} of the certificate is malformed`, {
    details: { field },
    cause,
  });
}
