import type { DescField, DescMessage, JsonValue } from "@bufbuild/protobuf";
import { create, type JsonObject, ScalarType } from "@bufbuild/protobuf";
import { type Duration, DurationSchema, isWrapperDesc, type Timestamp } from "@bufbuild/protobuf/wkt";
import type { JsonField } from "#gen/json-names.js";
import {
  AgentMeshTunnelStrategySchema,
  type BoolValue,
  BoolValueSchema,
  ProxyPeeringTunnelStrategySchema,
  type TunnelStrategyV1,
  TunnelStrategyV1Schema,
} from "#gen/teleport/legacy/types/types_pb.js";
import {
  type LabelValues,
  LabelValuesSchema,
  type StringValues,
  StringValuesSchema,
} from "#gen/teleport/legacy/types/wrappers/wrappers_pb.js";
import { readSwitch } from "./bool-form.ts";
import { formatNanos } from "./duration-form.ts";
import { describeJson, expectKey, expectObject, JsonFormError, type JsonPath } from "./path.ts";
import { readNanos, readScalar, readText, writeScalar } from "./scalar-form.ts";
import { readStruct } from "./struct-form.ts";
import { formatTime, isUnsetTime, parseTime, ZERO_TIME } from "./time-form.ts";

/** A message whose JSON is not an object of its fields. Values are what the generated field holds. */
interface SpecialForm {
  /** undefined where there is nothing to write. */
  write(value: unknown, rule: JsonField): JsonValue | undefined;
  /** undefined where the JSON stands for "not set". */
  read(json: unknown, path: JsonPath, rule: JsonField): unknown;
  /** What is written for an unset value that official clients always write. */
  zero(rule: JsonField): JsonValue;
}

const time: SpecialForm = {
  write: (value) => (isUnsetTime(value as Timestamp) ? undefined : formatTime(value as Timestamp)),
  read: (json, path) => {
    const parsed = typeof json === "string" ? parseTime(json) : undefined;
    if (parsed === undefined) {
      throw new JsonFormError(path, 'must be a time such as "2026-01-31T12:00:00Z"');
    }
    return parsed === "unset" ? undefined : parsed;
  },
  zero: () => ZERO_TIME,
};

const NANOS = 1_000_000_000n;

const duration: SpecialForm = {
  write: (value, rule) => {
    const { seconds, nanos } = value as Duration;
    const total = seconds * NANOS + BigInt(nanos);
    if (rule.stdDuration && total === 0n && rule.omitEmpty) return undefined;
    return rule.stdDuration ? writeScalar(total, undefined) : formatNanos(total);
  },
  read: (json, path) => {
    // Beyond 2^53 a number is written as text; a short text without a unit is more likely a mistake.
    const long = typeof json === "string" && /^-?\d{16,19}$/.test(json);
    const total = readNanos(long ? BigInt(json) : json, path);
    return create(DurationSchema, { seconds: total / NANOS, nanos: Number(total % NANOS) });
  },
  zero: () => 0,
};

const boolOption: SpecialForm = {
  write: (value) => (value as BoolValue).Value,
  read: (json, path) => create(BoolValueSchema, { Value: readSwitch(json, path) }),
  zero: () => null,
};

const struct: SpecialForm = {
  write: (value) => value as JsonObject,
  read: (json, path) => readStruct(json, path),
  zero: () => ({}),
};

/** Traits and labels: lists of texts by name. A lone text stands for a list of one where `lone` says so. */
function namedLists(lone: boolean): SpecialForm {
  return {
    write: (value) => {
      const entries = Object.entries((value as LabelValues).Values);
      if (entries.length === 0) return undefined;
      const result: JsonObject = {};
      for (const [key, { Values }] of entries) setOwn(result, key, textsJson(Values, lone));
      return result;
    },
    read: (json, path) => {
      const values: Record<string, StringValues> = {};
      for (const [key, list] of Object.entries(expectObject(json, path))) {
        const at = [...path, key];
        values[expectKey(key, at)] = create(StringValuesSchema, { Values: readTexts(list, at, lone) });
      }
      return create(LabelValuesSchema, { Values: values });
    },
    zero: () => null,
  };
}

/** Labels with one value are written as that value, as the field does. */
function textsJson(values: readonly string[], lone: boolean): JsonValue {
  const [only] = values;
  return lone && only !== undefined && values.length === 1 ? only : [...values];
}

const strings: SpecialForm = {
  write: (value) => {
    const { Values } = value as StringValues;
    return Values.length === 0 ? undefined : textsJson(Values, true);
  },
  read: (json, path) => create(StringValuesSchema, { Values: readTexts(json, path, true) }),
  zero: () => null,
};

const tunnelStrategy: SpecialForm = {
  write: (value) => {
    const { Strategy } = value as TunnelStrategyV1;
    if (Strategy.case === undefined) return undefined;
    if (Strategy.case === "AgentMesh") return { type: "agent_mesh" };
    const count = writeScalar(Strategy.value.AgentConnectionCount, undefined);
    return { type: "proxy_peering", ...(count === 0 ? {} : { agent_connection_count: count }) };
  },
  read: (json, path) => readTunnelStrategy(expectObject(json, path), path),
  zero: () => null,
};

function readTunnelStrategy(json: Record<string, unknown>, path: JsonPath) {
  const { type, agent_connection_count: count, ...others } = json;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new JsonFormError([...path, unknown], "no such field");
  const at = [...path, "agent_connection_count"];
  if (type === "agent_mesh") {
    if (count !== undefined) throw new JsonFormError(at, "is only for the type proxy_peering");
    return create(TunnelStrategyV1Schema, {
      Strategy: { case: "AgentMesh", value: create(AgentMeshTunnelStrategySchema) },
    });
  }
  if (type === "proxy_peering") {
    const AgentConnectionCount = count === undefined ? 0n : readCount(count, at);
    const peering = create(ProxyPeeringTunnelStrategySchema, { AgentConnectionCount });
    return create(TunnelStrategyV1Schema, { Strategy: { case: "ProxyPeering", value: peering } });
  }
  throw new JsonFormError([...path, "type"], "must be agent_mesh or proxy_peering");
}

const readCount = (json: unknown, path: JsonPath) =>
  readScalar(ScalarType.INT64, undefined, json, path) as bigint;

function readTexts(json: unknown, path: JsonPath, lone: boolean): string[] {
  if (json === null) return [];
  if (lone && typeof json === "string") return [readText(json, path)];
  if (!Array.isArray(json)) {
    const what = lone ? "a text or a list of texts" : "a list of texts";
    throw new JsonFormError(path, `must be ${what}, not ${describeJson(json)}`);
  }
  return json.map((item, index) => readText(item, [...path, index]));
}

const byCustomType: Readonly<Record<string, SpecialForm>> = {
  Traits: namedLists(false),
  Labels: namedLists(true),
  BoolOption: boolOption,
  Strings: strings,
};

const byMessage: Readonly<Record<string, SpecialForm>> = {
  "google.protobuf.Timestamp": time,
  "google.protobuf.Duration": duration,
  "google.protobuf.Struct": struct,
  "types.TunnelStrategyV1": tunnelStrategy,
};

/** The form of a message that has one of its own; undefined for all others. */
export function specialForm(desc: DescMessage, rule: JsonField): SpecialForm | undefined {
  const custom = rule.customType === undefined ? undefined : byCustomType[rule.customType];
  return custom ?? byMessage[desc.typeName];
}

/** The scalar that a generated field holds in place of a wrapper message such as google.protobuf.BoolValue. */
export function wrappedScalar(field: DescField): ScalarType | undefined {
  if (field.fieldKind !== "message" || field.oneof !== undefined) return undefined;
  return isWrapperDesc(field.message) ? field.message.fields[0].scalar : undefined;
}

/** Sets a key that may be any text: `__proto__` becomes a key like any other, and changes no prototype. */
export function setOwn(target: JsonObject, key: string, value: JsonValue): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
