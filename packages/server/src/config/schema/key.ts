import { z } from "zod";

/** What people read about a key: the reference page, the commented file and the warnings all come from here. */
export interface KeyNote {
  /** One sentence, without the name of the key. */
  readonly says: string;
  /** What the value looks like, for example `duration` or `host:port`. */
  readonly form: string;
  /** The value without the key, as one would write it; "" where there is none. */
  readonly fallback: string;
  /** A value to start from, where the fallback is not one that could be written. */
  readonly example?: string | undefined;
  /** False for a key of the schema that this version reads past with a warning. */
  readonly served: boolean;
}

const notes = z.registry<KeyNote>();

export function noteOf(schema: z.core.$ZodType): KeyNote | undefined {
  return notes.get(schema);
}

/** A key that is served. Every key may be left out; `fallback` says what holds then. */
export function key<T extends z.ZodType>(
  schema: T,
  form: string,
  fallback: string,
  says: string,
  example?: string,
) {
  return noted(schema.optional(), { says, form, fallback, example, served: true });
}

/** A group of keys. */
export function group<T extends z.ZodRawShape>(says: string, shape: T) {
  return noted(z.strictObject(shape).optional(), { says, form: "group", fallback: "", served: true });
}

/** A key of the schema that has no effect yet: whatever it holds is accepted, with a warning. */
export function notServed(says: string) {
  return noted(z.unknown().optional(), { says, form: "any", fallback: "", served: false });
}

function noted<T extends z.ZodType>(schema: T, note: KeyNote): T {
  notes.add(schema as z.ZodType, note);
  return schema;
}

/** The keys of a group, or undefined where the schema is a plain key. */
export function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}
