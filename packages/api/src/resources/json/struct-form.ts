import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { describeJson, expectKey, expectObject, JsonFormError, type JsonPath } from "./path.ts";

/** Deeper documents are refused: nothing of ours is this deep, and recursion must end. */
export const MAX_DEPTH = 64;

/** A free-form object (google.protobuf.Struct), copied and checked. */
export function readStruct(json: unknown, path: JsonPath): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(expectObject(json, path))) {
    const at = [...path, key];
    result[expectKey(key, at)] = readFree(value, at);
  }
  return result;
}

function readFree(json: unknown, path: JsonPath): JsonValue {
  if (path.length > MAX_DEPTH) throw new JsonFormError(path, "is nested too deeply");
  if (Array.isArray(json)) return json.map((item, index) => readFree(item, [...path, index]));
  switch (typeof json) {
    case "string":
      if (!json.isWellFormed()) throw new JsonFormError(path, "is not valid Unicode");
      return json;
    case "boolean":
      return json;
    case "number":
      if (!Number.isFinite(json)) throw new JsonFormError(path, "must be a finite number");
      return json;
    case "object":
      return json === null ? null : readStruct(json, path);
    default:
      throw new JsonFormError(path, `cannot be ${describeJson(json)}`);
  }
}
