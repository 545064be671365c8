import { AppError } from "../../errors/index.ts";

/** Where a value lies in a document: the keys and list indexes that lead to it. */
export type JsonPath = readonly (string | number)[];

/**
 * The path as people write it.
 *
 * @example formatPath(["spec", "allow", "rules", 0, "resource"]); // "spec.allow.rules[0].resource"
 */
export function formatPath(path: JsonPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step.slice(0, 80))}]`;
  }
  return text;
}

/** A document that does not have the form it should have. Its `path` says where. */
export class JsonFormError extends AppError {
  readonly path: JsonPath;
  /** What is wrong, without the path. */
  readonly problem: string;
  /** The known name that was probably meant. */
  readonly nearest: string | undefined;

  constructor(
    path: JsonPath,
    problem: string,
    nearest?: string,
    position?: { readonly line: number; readonly column: number },
  ) {
    const field = formatPath(path);
    const mend = nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`;
    super("BAD_PARAMETER", `${field === "" ? "" : `${field}: `}${problem}${mend}`, {
      details: { field, ...(nearest === undefined ? {} : { nearest }), ...position },
    });
    this.path = path;
    this.problem = problem;
    this.nearest = nearest;
  }

  /** The same with the place in the text, which counts from 1, among its details. */
  at({ line, column }: { readonly line: number; readonly column: number }): JsonFormError {
    return new JsonFormError(this.path, this.problem, this.nearest, { line, column });
  }
}

/** The kind of a JSON value in words, for messages; never the value itself, which may be a secret. */
export function describeJson(json: unknown): string {
  if (json === null) return "nothing";
  if (Array.isArray(json)) return "a list";
  switch (typeof json) {
    case "object":
      return isJsonObject(json) ? "a mapping" : "a value that JSON does not have";
    case "string":
      return "a text";
    case "number":
    case "bigint":
      return "a number";
    case "boolean":
      return "true or false";
    default:
      return "a value that JSON does not have";
  }
}

/** A plain object, as `JSON.parse` and YAML parsers make them; no list, no date, no instance of a class. */
export function isJsonObject(json: unknown): json is Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return false;
  const prototype: unknown = Object.getPrototypeOf(json);
  return prototype === Object.prototype || prototype === null;
}

export function expectObject(json: unknown, path: JsonPath): Record<string, unknown> {
  if (isJsonObject(json)) return json;
  throw new JsonFormError(path, `must be a mapping, not ${describeJson(json)}`);
}

/** `__proto__` as a key would reach the prototype of the object that is built, so it is never a key of ours. */
export function expectKey(key: string, path: JsonPath): string {
  if (key === "__proto__") throw new JsonFormError(path, 'the key "__proto__" is not allowed');
  if (!key.isWellFormed()) throw new JsonFormError(path, "a key is not valid Unicode");
  return key;
}
