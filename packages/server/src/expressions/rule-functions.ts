import { isTextList } from "./read-value.ts";
import type { FunctionEntry } from "./vocabulary.ts";

// Functions of rules: arguments that do not fit each other make them false, never an error.

export const ruleEquals: FunctionEntry<unknown> = {
  parameters: ["any", "any"],
  result: "boolean",
  apply: (args) => isEqual(args.value(0), args.value(1)),
};

export const ruleContains: FunctionEntry<unknown> = {
  parameters: ["any list", "any text"],
  result: "boolean",
  apply: (args) => {
    const [list, item] = [args.value(0), textOf(args.value(1))];
    return isTextList(list) && item !== undefined && list.includes(item);
  },
};

export const hasPrefix: FunctionEntry<unknown> = {
  parameters: ["any text", "any text"],
  result: "boolean",
  apply: (args) => {
    const [text, prefix] = [textOf(args.value(0)), textOf(args.value(1))];
    return text !== undefined && prefix !== undefined && text.startsWith(prefix);
  },
};

export const allEndWith: FunctionEntry<unknown> = {
  parameters: ["any", "any text"],
  result: "boolean",
  apply: (args) => everyText(args.value(0), args.value(1), (text, suffix) => text.endsWith(suffix)),
};

export const allEqual: FunctionEntry<unknown> = {
  parameters: ["any", "any text"],
  result: "boolean",
  apply: (args) => everyText(args.value(0), args.value(1), (text, other) => text === other),
};

export const isSubset: FunctionEntry<unknown> = {
  parameters: ["any"],
  rest: "any text",
  result: "boolean",
  apply: (args) => {
    const allowed = Array.from({ length: args.count - 1 }, (_, index) => textOf(args.value(index + 1)));
    const texts = textsOf(args.value(0));
    return texts?.every((text) => allowed.includes(text)) ?? false;
  },
};

function isEqual(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return isEmpty(left) && isEmpty(right);
  if (typeof left === "string") return left === right;
  if (!isTextList(left) || !isTextList(right)) return false;
  return left.length === right.length && left.every((item, index) => item === right[index]);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

/** What is missing counts as one empty text, so that "all of nothing" is not true by accident. */
function everyText(values: unknown, other: unknown, test: (text: string, other: string) => boolean): boolean {
  const [texts, expected] = [textsOf(values), textOf(other)];
  if (texts === undefined || expected === undefined) return false;
  return texts.every((text) => test(text, expected));
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (isTextList(value)) return value;
  const text = textOf(value);
  return text === undefined ? undefined : [text];
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return "";
  return typeof value === "string" ? value : undefined;
}
