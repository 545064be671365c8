import type { LabelExpressionEnv } from "./environment.ts";
import { contains, emailLocal, lower, regexpMatch, regexpReplace, upper } from "./shared-functions.ts";
import type { FunctionEntry, Vocabulary } from "./vocabulary.ts";

export const containsAny: FunctionEntry<unknown> = {
  parameters: ["list", "list"],
  result: "boolean",
  apply: (args) => {
    const values = new Set(args.list(0));
    return args.list(1).some((item) => values.has(item));
  },
};

/** False for an empty second list: a trait that is missing must not open everything. */
export const containsAll: FunctionEntry<unknown> = {
  parameters: ["list", "list"],
  result: "boolean",
  apply: (args) => {
    const [values, items] = [new Set(args.list(0)), args.list(1)];
    return items.length > 0 && items.every((item) => values.has(item));
  },
};

const labelsMatching: FunctionEntry<LabelExpressionEnv> = {
  parameters: ["pattern"],
  result: "list",
  apply: (args, { labels }) => {
    const pattern = args.pattern(0);
    return Object.entries(labels).flatMap(([key, value]) => (pattern.matches(key) ? [value] : []));
  },
};

export const labelExpression: Vocabulary<LabelExpressionEnv> = {
  title: "label expression",
  comparisons: true,
  eager: false,
  variables: {
    labels: { type: "text map", read: (env) => env.labels },
    "user.spec.traits": { type: "list map", read: (env) => env.user.traits },
  },
  functions: {
    contains,
    contains_any: containsAny,
    contains_all: containsAll,
    "regexp.match": regexpMatch,
    "regexp.replace": regexpReplace,
    "email.local": emailLocal,
    "strings.upper": upper,
    "strings.lower": lower,
    labels_matching: labelsMatching,
  },
};
