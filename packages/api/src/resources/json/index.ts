// The JSON form of messages: what official clients print and what people write in YAML, by the generated table of names.
export { describeJson, formatPath, isJsonObject, JsonFormError, type JsonPath } from "./path.ts";
export { type FromJsonOptions, fromJson } from "./read-json.ts";
export { toJson } from "./write-json.ts";
