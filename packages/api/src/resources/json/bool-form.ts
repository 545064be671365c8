import { describeJson, JsonFormError, type JsonPath } from "./path.ts";

const YES = new Set(["yes", "yeah", "y", "true", "1", "on"]);
const NO = new Set(["no", "nope", "n", "false", "0", "off"]);

/** A switch: true or false, also in the words that people write (`yes`, `off`, …). */
export function readSwitch(json: unknown, path: JsonPath): boolean {
  if (typeof json === "boolean") return json;
  const value = typeof json === "string" ? wordToBool(json) : undefined;
  if (value !== undefined) return value;
  throw new JsonFormError(
    path,
    typeof json === "string"
      ? "must be true or false, yes or no, on or off"
      : `must be true or false, not ${describeJson(json)}`,
  );
}

/** The meaning of such a word; undefined for any other text. */
export function wordToBool(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : undefined;
}
