import type { ResourceFilterEnv } from "./environment.ts";
import { readField } from "./read-value.ts";
import { contains } from "./shared-functions.ts";
import type { FunctionEntry, Vocabulary } from "./vocabulary.ts";

const equals: FunctionEntry<unknown> = {
  parameters: ["text", "text"],
  result: "boolean",
  apply: (args) => args.text(0) === args.text(1),
};

const hasPrefix: FunctionEntry<unknown> = {
  parameters: ["text", "text"],
  result: "boolean",
  apply: (args) => args.text(0).startsWith(args.text(1)),
};

const split: FunctionEntry<unknown> = {
  parameters: ["text", "text"],
  result: "list",
  apply: (args) => args.text(0).split(args.text(1)),
};

const exists: FunctionEntry<unknown> = {
  parameters: ["text"],
  result: "boolean",
  apply: (args) => args.text(0) !== "",
};

/** Each word must be part of some value, whatever the case. */
const search: FunctionEntry<ResourceFilterEnv> = {
  parameters: [],
  rest: "text",
  result: "boolean",
  apply: (args, env) => {
    const values = searchedValues(env);
    for (let index = 0; index < args.count; index += 1) {
      const word = args.text(index).toLowerCase();
      if (!values.some((value) => value.includes(word))) return false;
    }
    return true;
  },
};

export const resourceFilter: Vocabulary<ResourceFilterEnv> = {
  title: "resource filter",
  comparisons: true,
  eager: false,
  variables: {
    labels: { type: "text map", read: (env) => env.labels },
    name: { type: "text", read: (env) => env.name },
    resource: { type: "dynamic", read: (env) => env.resource },
    "resource.metadata.name": { type: "text", read: (env) => metadataOf(env, "name") ?? "" },
    "resource.metadata.labels": { type: "text map", read: (env) => metadataOf(env, "labels") ?? {} },
    "health.status": { type: "text", read: (env) => env.health?.status ?? "" },
  },
  functions: { equals, contains, hasPrefix, split, exists, search },
};

function metadataOf(env: ResourceFilterEnv, name: string): unknown {
  return readField(readField(env.resource, ["resource"], "metadata"), ["resource", "metadata"], name);
}

function searchedValues(env: ResourceFilterEnv): string[] {
  const values = [env.name, ...Object.entries(env.labels).flat(), ...(env.searchValues ?? [])];
  return values.map((value) => value.toLowerCase());
}
