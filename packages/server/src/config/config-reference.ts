import type { z } from "zod";
import { fileSchema } from "./schema/file.ts";
import { noteOf, shapeOf } from "./schema/key.ts";

/** The reference page of the configuration file, as Markdown. */
export function configReference(): string {
  const entries = Object.entries(shapeOf(fileSchema) ?? {});
  const sections = entries.filter(([, inner]) => shapeOf(inner) !== undefined);
  const plain = entries.flatMap(([name, inner]) =>
    shapeOf(inner) === undefined ? keyRow([name], inner) : [],
  );
  return [
    "# Configuration file",
    "",
    "Written by `npm run generate` from the schema in `packages/server/src/config/schema`; do not edit.",
    "",
    "`sallyport start -c FILE`, or `TELEPORT_CONFIG_FILE`, or no file at all. `sallyport configure` prints a commented",
    "file. An unknown key is refused with its place and the nearest known one. A relative path is relative to the file.",
    "",
    ...table(plain),
    ...sections.flatMap(([name, inner]) => [
      "",
      `## ${name}`,
      "",
      noteOf(inner)?.says ?? "",
      "",
      ...table(keyRows(inner, [])),
    ]),
    "",
    "## Not served yet",
    "",
    "These keys are accepted with a warning and have no effect.",
    "",
    ...unserved(fileSchema, []).map(([path, says]) => `- \`${path}\`: ${says}`),
    "",
  ].join("\n");
}

function table(rows: readonly string[]): string[] {
  return ["| Key | Value | Without it | What it does |", "|---|---|---|---|", ...rows];
}

function keyRows(schema: z.core.$ZodType, path: readonly string[]): string[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([name, inner]) =>
    shapeOf(inner) === undefined ? keyRow([...path, name], inner) : keyRows(inner, [...path, name]),
  );
}

function keyRow(path: readonly string[], schema: z.core.$ZodType): string[] {
  const note = noteOf(schema);
  if (note?.served !== true) return [];
  const fallback = note.fallback === "" ? "" : `\`${note.fallback}\``;
  return [`| \`${path.join(".")}\` | ${note.form} | ${fallback} | ${note.says} |`];
}

function unserved(schema: z.core.$ZodType, path: readonly string[]): (readonly [string, string])[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([name, inner]) => {
    const note = noteOf(inner);
    const here = [...path, name];
    if (note?.served === false) return [[here.join("."), note.says] as const];
    return unserved(inner, here);
  });
}
