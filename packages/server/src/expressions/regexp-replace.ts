import type { RE2JS } from "re2js";
import { evaluationError } from "./expression-error.ts";

/** A short text can ask for a very long result: an empty match before each character. */
const MAX_RESULT_LENGTH = 65_536;

const reference = /\$(?:\$|\{(\w+)\}|(\w+))/g;

/** The text found and its groups, or undefined. */
export function findGroups(regexp: RE2JS, value: string): readonly (string | undefined)[] | undefined {
  const found = regexp.exec(value);
  return found === null ? undefined : Array.from(found, groupText);
}

/** Whether fillGroups would change the text. */
export function hasReference(template: string): boolean {
  return template.search(reference) >= 0;
}

/** `$1`, `${1}`, `$name` and `$$` filled in; a group that is not there is empty. */
export function fillGroups(template: string, groups: readonly (string | undefined)[], regexp: RE2JS): string {
  return template.replace(reference, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return whole === "$$" ? "$" : whole;
    const names = regexp.namedGroups();
    const index = /^\d+$/.test(name) ? Number(name) : Object.hasOwn(names, name) ? names[name] : undefined;
    return (index === undefined ? undefined : groups[index]) ?? "";
  });
}

/** The values in which the expression is found, with each place replaced; other values are dropped. */
export function replaceInValues(values: readonly string[], regexp: RE2JS, replacement: string): string[] {
  return values.filter((value) => regexp.test(value)).map((value) => replaceAll(value, regexp, replacement));
}

function replaceAll(value: string, regexp: RE2JS, replacement: string): string {
  const parts: string[] = [];
  let at = 0;
  let length = value.length;
  for (const found of regexp.matchAll(value)) {
    const start = found.index ?? 0;
    const filled = fillGroups(replacement, Array.from(found, groupText), regexp);
    length += filled.length;
    if (length > MAX_RESULT_LENGTH) throw evaluationError("the result of regexp.replace is too long");
    parts.push(value.slice(at, start), filled);
    at = start + found[0].length;
  }
  parts.push(value.slice(at));
  return parts.join("");
}

function groupText(group: unknown): string | undefined {
  return typeof group === "string" ? group : undefined;
}
