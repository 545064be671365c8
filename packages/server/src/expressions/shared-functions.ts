import { replaceInValues } from "./regexp-replace.ts";
import { localParts, toLower, toUpper } from "./text-functions.ts";
import type { FunctionEntry } from "./vocabulary.ts";

// Functions of more than one language. They look at no environment, hence `unknown`.

export const contains: FunctionEntry<unknown> = {
  parameters: ["list", "text"],
  result: "boolean",
  apply: (args) => args.list(0).includes(args.text(1)),
};

export const regexpMatch: FunctionEntry<unknown> = {
  parameters: ["list", "pattern"],
  result: "boolean",
  apply: (args) => {
    const pattern = args.pattern(1);
    return args.list(0).some((value) => pattern.matches(value));
  },
};

export const regexpReplace: FunctionEntry<unknown> = {
  parameters: ["list", "regexp", "text"],
  result: "list",
  apply: (args) => replaceInValues(args.list(0), args.regexp(1), args.text(2)),
};

export const emailLocal: FunctionEntry<unknown> = {
  parameters: ["list"],
  result: "list",
  apply: (args) => localParts(args.list(0)),
};

export const upper: FunctionEntry<unknown> = {
  parameters: ["list"],
  result: "list",
  apply: (args) => args.list(0).map(toUpper),
};

export const lower: FunctionEntry<unknown> = {
  parameters: ["list"],
  result: "list",
  apply: (args) => args.list(0).map(toLower),
};
