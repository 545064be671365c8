import { AppError } from "@sallyport/api";

/** Tells whether a value is meant. Compares exactly: case and Unicode form count. */
export interface Matcher {
  matches(value: string): boolean;
}

export function parseMatcher(_text: string): Matcher {
  throw new AppError("NOT_IMPLEMENTED");
}

export function parseRoleMatcher(_text: string): Matcher {
  throw new AppError("NOT_IMPLEMENTED");
}

export function matchesLabels(
  _selector: Readonly<Record<string, readonly string[]>>,
  _labels: Readonly<Record<string, string>>,
): boolean {
  throw new AppError("NOT_IMPLEMENTED");
}
