import type { JsonValue } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import { readSwitch } from "./bool-form.ts";
import { formatNanos, parseNanos } from "./duration-form.ts";
import { describeJson, JsonFormError, type JsonPath } from "./path.ts";

/** Ranges of the whole numbers of the wire. */
const ranges: Partial<Record<ScalarType, readonly [bigint, bigint]>> = {
  [ScalarType.INT32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.SINT32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.SFIXED32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.UINT32]: [0n, 2n ** 32n - 1n],
  [ScalarType.FIXED32]: [0n, 2n ** 32n - 1n],
  [ScalarType.INT64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.SINT64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.SFIXED64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.UINT64]: [0n, 2n ** 64n - 1n],
  [ScalarType.FIXED64]: [0n, 2n ** 64n - 1n],
};

const wide: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.SINT64,
  ScalarType.SFIXED64,
  ScalarType.UINT64,
  ScalarType.FIXED64,
]);

const MAX_FLOAT = 3.4028234663852886e38;

export function isZeroScalar(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === undefined || value === "" || value === 0 || value === 0n || value === false;
}

/** What is written for an absent value. */
export function zeroScalar(type: ScalarType, castType: string | undefined): JsonValue {
  if (castType === "Duration") return "0s";
  if (type === ScalarType.STRING) return "";
  if (type === ScalarType.BOOL) return false;
  return type === ScalarType.BYTES ? null : 0;
}

/**
 * A whole number beyond 2^53, which a JSON number cannot carry exactly here, is written as decimal text; that form
 * is read back as well.
 */
export function writeScalar(value: unknown, castType: string | undefined): JsonValue {
  if (typeof value === "bigint") {
    if (castType === "Duration") return formatNanos(value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (value instanceof Uint8Array) return base64Encode(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value as JsonValue;
}

export function readScalar(
  type: ScalarType,
  castType: string | undefined,
  json: unknown,
  path: JsonPath,
): unknown {
  if (castType === "Duration" || castType === "time.Duration") return readNanos(json, path);
  switch (type) {
    case ScalarType.STRING:
      return castType === "SecondFactorType" ? readSecondFactor(json, path) : readText(json, path);
    case ScalarType.BOOL:
      return castType === "Bool" ? readSwitch(json, path) : readBool(json, path);
    case ScalarType.BYTES:
      return readBytes(json, path);
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return readFloat(json, type, path);
    default:
      return readWhole(json, type, path);
  }
}

export function readText(json: unknown, path: JsonPath): string {
  if (typeof json !== "string") {
    const quote = typeof json === "number" || typeof json === "boolean" ? "; put it in quotes" : "";
    throw new JsonFormError(path, `must be a text, not ${describeJson(json)}${quote}`);
  }
  if (!json.isWellFormed()) throw new JsonFormError(path, "is not valid Unicode");
  return json;
}

/** YAML parsers of the older kind read the words `on` and `off` as true and false. */
function readSecondFactor(json: unknown, path: JsonPath): string {
  if (typeof json === "boolean") return json ? "on" : "off";
  return readText(json, path);
}

function readBool(json: unknown, path: JsonPath): boolean {
  if (typeof json === "boolean") return json;
  throw new JsonFormError(path, `must be true or false, not ${describeJson(json)}`);
}

/** Nanoseconds from a duration text, or from a number of nanoseconds. */
export function readNanos(json: unknown, path: JsonPath): bigint {
  if (typeof json === "number" || typeof json === "bigint") {
    return BigInt(readWhole(json, ScalarType.INT64, path));
  }
  const nanos = typeof json === "string" ? parseNanos(json) : undefined;
  if (nanos !== undefined) return nanos;
  throw new JsonFormError(path, 'must be a duration such as "12h" or "30m0s"');
}

function readWhole(json: unknown, type: ScalarType, path: JsonPath): bigint | number {
  const value = wholeOf(json);
  const [low, high] = ranges[type] ?? [0n, 0n];
  if (value === undefined) {
    throw new JsonFormError(
      path,
      `must be a whole number, not ${typeof json === "number" ? "a fraction" : describeJson(json)}`,
    );
  }
  if (value < low || value > high) throw new JsonFormError(path, `must lie between ${low} and ${high}`);
  return wide.has(type) ? value : Number(value);
}

function wholeOf(json: unknown): bigint | undefined {
  if (typeof json === "bigint") return json;
  if (typeof json === "number") return Number.isInteger(json) ? BigInt(json) : undefined;
  return typeof json === "string" && /^-?\d{1,20}$/.test(json) ? BigInt(json) : undefined;
}

function readFloat(json: unknown, type: ScalarType, path: JsonPath): number {
  const special = json === "NaN" || json === "Infinity" || json === "-Infinity";
  const value = special ? Number(json) : json;
  if (typeof value !== "number") {
    throw new JsonFormError(path, `must be a number, not ${describeJson(json)}`);
  }
  if (type === ScalarType.FLOAT && Number.isFinite(value) && Math.abs(value) > MAX_FLOAT) {
    throw new JsonFormError(path, "is too large");
  }
  return value;
}

function readBytes(json: unknown, path: JsonPath): Uint8Array {
  const text = readText(json, path).replaceAll(/[\r\n]/g, "");
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    try {
      return base64Decode(text);
    } catch {
      // Falls through to the one answer for everything that is no base64.
    }
  }
  throw new JsonFormError(path, "must be bytes in base64");
}
