import { evaluationError } from "./expression-error.ts";
import { containsAll, containsAny } from "./label-expression.ts";
import { replaceInValues } from "./regexp-replace.ts";
import { contains, regexpMatch } from "./shared-functions.ts";
import { localParts, toLower, toUpper } from "./text-functions.ts";
import type { FunctionEntry, Variable, Vocabulary } from "./vocabulary.ts";

/** What an attribute holds. */
export type AttributeType = "text" | "boolean" | "list" | "text map" | "list map";

/** The attributes that somebody has, by dotted name; one that is not set is left out. Lists and maps may be empty. */
export type AttributeValues = ReadonlyMap<string, unknown>;

const onText = (apply: (text: string) => string): FunctionEntry<unknown> => ({
  parameters: ["text"],
  result: "text",
  apply: (args) => apply(args.text(0)),
});

const functions: Vocabulary<AttributeValues>["functions"] = {
  contains,
  contains_any: containsAny,
  contains_all: containsAll,
  "regexp.match": regexpMatch,
  "regexp.replace": {
    parameters: ["text", "regexp", "text"],
    result: "text",
    apply: (args) => replaceInValues([args.text(0)], args.regexp(1), args.text(2))[0] ?? "",
  },
  "email.local": onText((text) => localParts([text])[0] ?? ""),
  "strings.upper": onText(toUpper),
  "strings.lower": onText(toLower),
  "strings.replaceall": {
    parameters: ["text", "text", "text"],
    result: "text",
    apply: (args) => replaceAll(args.text(0), args.text(1), args.text(2)),
  },
};

/** A short text can ask for a very long result. */
const MAX_RESULT_LENGTH = 65_536;

function replaceAll(text: string, from: string, to: string): string {
  if (from === "") throw evaluationError("strings.replaceall looks for an empty text");
  const pieces = text.split(from);
  if (text.length + pieces.length * to.length > MAX_RESULT_LENGTH) {
    throw evaluationError("the result of strings.replaceall is too long");
  }
  return pieces.join(to);
}

/** The language of conditions and templates on attributes: these names, and no others. */
export function attributeVocabulary(
  types: Readonly<Record<string, AttributeType>>,
): Vocabulary<AttributeValues> {
  const variables = Object.entries(types).map(([name, type]) => [name, { type, read: reader(name) }]);
  return {
    title: "expression on attributes",
    comparisons: true,
    eager: false,
    variables: Object.fromEntries(variables) as Readonly<Record<string, Variable<AttributeValues>>>,
    functions,
  };
}

/**
 * What is not known must neither be equal nor unequal to anything, nor be in a list or missing from it: whatever nobody
 * has attested has no labels that a rule could exclude by.
 */
function reader(name: string): (values: AttributeValues) => unknown {
  return (values) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    throw evaluationError(`${name} is not set`);
  };
}
