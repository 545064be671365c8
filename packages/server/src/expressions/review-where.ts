import type { ReviewWhereEnv, ThresholdFilterEnv } from "./environment.ts";
import { contains, regexpMatch } from "./shared-functions.ts";
import type { FunctionEntry, Variable, Vocabulary } from "./vocabulary.ts";

/** Two texts, or two lists in the same order; anything else is an error. */
const equals: FunctionEntry<unknown> = {
  parameters: ["any", "any"],
  sameTypes: true,
  result: "boolean",
  apply: (args) => isEqual(args.value(0), args.value(1)),
};

const variables: Readonly<Record<string, Variable<ReviewWhereEnv>>> = {
  "reviewer.roles": { type: "list", read: (env) => env.reviewer.roles },
  "reviewer.traits": { type: "list map", read: (env) => env.reviewer.traits },
  "request.roles": { type: "list", read: (env) => env.request.roles },
  "request.reason": { type: "text", read: (env) => env.request.reason },
  "request.system_annotations": { type: "list map", read: (env) => env.request.systemAnnotations },
};

const shared = {
  comparisons: true,
  eager: false,
  functions: { equals, contains, "regexp.match": regexpMatch },
} as const;

export const reviewWhere: Vocabulary<ReviewWhereEnv> = {
  title: "where clause of review_requests",
  variables,
  ...shared,
};

export const thresholdFilter: Vocabulary<ThresholdFilterEnv> = {
  title: "filter of a threshold",
  variables: {
    ...variables,
    "review.reason": { type: "text", read: (env) => env.review.reason },
    "review.annotations": { type: "list map", read: (env) => env.review.annotations },
  },
  ...shared,
};

function isEqual(left: unknown, right: unknown): boolean {
  if (!Array.isArray(left) || !Array.isArray(right)) return left === right;
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
