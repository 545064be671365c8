import { evaluationError } from "./expression-error.ts";

/** Missing fields of these are empty; any other missing field is an error, so that a typing mistake never grants. */
const header: readonly string[] = ["kind", "sub_kind", "version", "metadata"];
const metadata: readonly string[] = ["name", "namespace", "description", "labels", "expires", "revision"];
const maps: readonly string[] = [
  "labels",
  "traits",
  "annotations",
  "system_annotations",
  "resolve_annotations",
  "static_labels",
  "dynamic_labels",
];

/** `name` of an object reached by the path `parents`. Inherited properties are never seen. */
export function readField(object: unknown, parents: readonly string[], name: string): unknown {
  if (isRecord(object) && Object.hasOwn(object, name)) return object[name] ?? undefined;
  if (object === undefined || isRecord(object)) {
    const parent = parents.at(-1) ?? "";
    const mayBeMissing = parents.length === 1 ? header : parent === "metadata" ? metadata : [];
    if (mayBeMissing.includes(name) || maps.includes(parent)) return undefined;
  }
  throw evaluationError(`${[...parents, name].join(".")} is not there`);
}

/** The value of a map; a missing key is empty. */
export function readKey(map: unknown, key: string): unknown {
  if (map === undefined) return undefined;
  if (!isRecord(map)) throw evaluationError(`${JSON.stringify(key)} is looked up in what is not a map`);
  return Object.hasOwn(map, key) ? (map[key] ?? undefined) : undefined;
}

export function toText(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  throw evaluationError("a text is needed, but the value is something else");
}

export function toList(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === "string") return [value];
  if (isTextList(value)) return value;
  throw evaluationError("a list of texts is needed, but the value is something else");
}

export function toBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw evaluationError("true or false is needed, but the value is something else");
}

export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
