import { AppError } from "@sallyport/api";

/** The members of a JSON body, each read as what it has to be; a member that is missing is its zero value. */
export interface Fields {
  text(name: string): string;
  texts(name: string): string[];
  /** Base64. */
  bytes(name: string): Uint8Array;
  /** Nanoseconds; 0n where there are none. */
  nanos(name: string): bigint;
  object(name: string): unknown;
}

export function readFields(body: unknown): Fields {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new AppError("BAD_PARAMETER", "the body is no JSON object");
  }
  const members = new Map<string, unknown>(Object.entries(body));
  const text = (name: string) => {
    const value = members.get(name) ?? "";
    return typeof value === "string" ? value : wrong(name, "a text");
  };
  return {
    text,
    texts: (name) => {
      const value = members.get(name) ?? [];
      const isList = Array.isArray(value) && value.every((one) => typeof one === "string");
      return isList ? value : wrong(name, "a list of texts");
    },
    bytes: (name) => Buffer.from(text(name), "base64"),
    nanos: (name) => {
      const value = members.get(name) ?? 0;
      return Number.isSafeInteger(value) ? BigInt(value as number) : wrong(name, "a number of nanoseconds");
    },
    object: (name) => members.get(name),
  };
}

function wrong(name: string, what: string): never {
  throw new AppError("BAD_PARAMETER", `${name} in the body is not ${what}`);
}
