import { AppError } from "../errors/index.ts";
import type { Traits } from "./identity.ts";
import { isStringList, toJsonText } from "./json-text.ts";
import { decodeLabelValues } from "./label-values.ts";

/**
 * Traits as certificates carry them: a JSON object, names sorted.
 *
 * @throws AppError BAD_PARAMETER for a name or value that is not valid Unicode.
 */
export function formatTraits(traits: Traits): string {
  const entries = Object.entries(traits).sort(([a], [b]) => (a < b ? -1 : 1));
  const wrong = entries.find(([name, values]) => ![name, ...values].every((text) => text.isWellFormed()));
  if (wrong !== undefined) {
    const shown = JSON.stringify(wrong[0].slice(0, 64));
    throw new AppError("BAD_PARAMETER", `trait ${shown} is not valid Unicode`, {
      details: { field: "traits" },
    });
  }
  return toJsonText(Object.fromEntries(entries));
}

/**
 * Reads traits: a JSON object, `null` for none, or the binary form of old certificates (`wrappers.LabelValues`).
 *
 * @throws AppError BAD_PARAMETER
 */
export function parseTraits(text: string): Traits {
  if (text === "") return {};
  const value = parseEither(text);
  const entries =
    typeof value === "object" && !Array.isArray(value) ? Object.entries(value ?? {}) : undefined;
  const isSound = entries?.every(([, values]) => values === null || isStringList(values)) ?? false;
  if (entries === undefined || !isSound) throw malformed();
  return Object.fromEntries(entries.map(([name, values]) => [name, (values ?? []) as readonly string[]]));
}

function parseEither(text: string): unknown {
  if (/^\s*[{[n]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch (cause) {
      // A binary text starts with a line feed and may well go on with a brace, so the other form is tried as well.
      if (!text.startsWith("\n")) throw malformed(cause);
    }
  }
  return decodeLabelValues(new TextEncoder().encode(text)) ?? raise();
}

function raise(): never {
  throw malformed();
}

function malformed(cause?: unknown): AppError {
  const details = { field: "traits" };
  return new AppError("BAD_PARAMETER", "the traits of the certificate are malformed", { details, cause });
}
