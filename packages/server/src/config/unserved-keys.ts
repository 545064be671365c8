import type { z } from "zod";
import { noteOf, shapeOf } from "./schema/key.ts";

/** Paths of the keys in `written` that the schema knows and this version does not serve. */
export function unservedKeys(schema: z.core.$ZodType, written: unknown): readonly (readonly string[])[] {
  const shape = shapeOf(schema);
  if (shape === undefined || typeof written !== "object" || written === null) return [];
  return Object.entries(written).flatMap(([name, value]) => {
    const inner = shape[name];
    if (inner === undefined || value === undefined) return [];
    if (noteOf(inner)?.served === false) return isSwitchedOff(value) ? [] : [[name]];
    return unservedKeys(inner, value).map((rest) => [name, ...rest]);
  });
}

/** `enabled: no` asks for what happens anyway. */
function isSwitchedOff(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("enabled" in value)) return false;
  return value.enabled === false || ["no", "off", "false"].includes(String(value.enabled).toLowerCase());
}
