import type { z } from "zod";
import { fileSchema } from "./schema/file.ts";
import { type KeyNote, noteOf, shapeOf } from "./schema/key.ts";

/** Lines that are not comments in the file: what makes it a file for a first start. */
const written: Readonly<Record<string, string>> = { version: "v3", "auth_service.enabled": "yes" };

/**
 * What `sallyport configure` prints: every served key with its sentence. A `#` without a space after it stands before
 * a key: taking it away, and those of the groups above, sets the key.
 */
export function configureText(): string {
  const head = [
    "# Configuration of the daemon: sallyport start -c FILE",
    "# A `#` right before a key comments it out, at the value that holds without it or at an example.",
  ];
  return `${[...head, ...lines(fileSchema, [])].join("\n")}\n`;
}

function lines(schema: z.core.$ZodType, path: readonly string[]): string[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([name, inner]) => {
    const note = noteOf(inner);
    if (note?.served !== true) return [];
    const indent = "  ".repeat(path.length);
    const here = [...path, name];
    const says = `${indent}# ${note.says}${path.length > 0 && note.form !== "group" ? ` (${note.form})` : ""}`;
    const body = shapeOf(inner) === undefined ? [] : lines(inner, here);
    return [...(path.length === 0 ? [""] : []), says, `${indent}${keyLine(here, note)}`, ...body];
  });
}

function keyLine(path: readonly string[], note: KeyNote): string {
  const name = path.at(-1);
  const value = written[path.join(".")];
  if (value !== undefined) return `${name}: ${value}`;
  // The two sections stay open, so that a key needs no `#` taken away but its own.
  if (note.form === "group") return path.length === 1 ? `${name}:` : `#${name}:`;
  return `#${name}: ${note.example ?? note.fallback}`;
}
