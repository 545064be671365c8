import { AppError } from "../errors/index.ts";
import { nearestName } from "../text/nearest-name.ts";

/**
 * A copy of a list. A program without types may hand in a text, which would pass for a list of its letters.
 *
 * @throws AppError BAD_PARAMETER for anything but a list.
 */
export function listOf<T>(value: readonly T[] | undefined, name: string): T[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return [...value];
  throw new AppError("BAD_PARAMETER", `${name} must be a list, such as [${show(value)}]`);
}

/**
 * One of some words. A program without types may hand in another, which must not pass for none.
 *
 * @throws AppError BAD_PARAMETER for any other, with the nearest one.
 */
export function oneOf<W extends string>(words: readonly W[], value: W, name: string): W {
  if (words.includes(value)) return value;
  const near = nearestName(String(value), words);
  const mend = near === undefined ? `it is one of ${words.join(", ")}` : `did you mean ${show(near)}?`;
  throw new AppError("BAD_PARAMETER", `${name} ${show(value)} is not known; ${mend}`);
}

const show = (value: unknown): string => JSON.stringify(String(value).slice(0, 80));
