import { readdirSync, readFileSync } from "node:fs";
import type { Facts } from "./facts.ts";

/** Our words for services, methods, messages and fields, by full name (`proto.AuthService.Ping`, `types.UserV2.Spec`). */
export type Comments = ReadonlyMap<string, string>;

const folder = new URL("./comments/", import.meta.url);

/** Reads every `comments/*.tsv`: a full name, a tab, the text. Lines that start with `#` are notes. */
export function loadComments(): Comments {
  const comments = new Map<string, string>();
  for (const name of readdirSync(folder).sort()) {
    for (const line of readFileSync(new URL(name, folder), "utf8").split("\n")) {
      const [key, text] = line.split("\t");
      if (!key || key.startsWith("#") || !text) continue;
      if (comments.has(key)) throw new Error(`comments/${name}: ${key} is described twice`);
      comments.set(key, text);
    }
  }
  return comments;
}

/** Refuses a comment on nothing, and a served service or method without one. */
export function checkComments(comments: Comments, facts: Facts): void {
  const methods = Object.entries(facts.services).flatMap(([service, { methods }]) =>
    methods.map((method) => `${service}.${method.name}`),
  );
  const required = [...Object.keys(facts.services), ...methods];
  const known = new Set([
    ...required,
    ...Object.keys(facts.messages),
    ...Object.keys(facts.enums),
    ...members(facts),
  ]);
  const astray = [...comments.keys()].filter((key) => !known.has(key));
  if (astray.length > 0) throw new Error(`comments on what is not declared: ${astray.join(", ")}`);
  const missing = required.filter((key) => !comments.has(key));
  if (missing.length > 0) throw new Error(`served without a comment: ${missing.join(", ")}`);
}

function members(facts: Facts): string[] {
  const fields = Object.entries(facts.messages).flatMap(([name, { fields }]) =>
    fields.map((f) => `${name}.${f.name}`),
  );
  const values = Object.entries(facts.enums).flatMap(([name, { values }]) =>
    Object.keys(values).map((value) => `${name}.${value}`),
  );
  return [...fields, ...values];
}
