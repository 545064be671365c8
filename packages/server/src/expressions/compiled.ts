import { expressionError, type Source } from "./expression-error.ts";
import type { SyntaxNode } from "./syntax-tree.ts";
import type { ValueType, Vocabulary } from "./vocabulary.ts";

/** A part of an expression, ready to run. */
export interface Compiled<Env> {
  readonly type: ValueType;
  /** Where the part is always the same text. */
  readonly constant?: string;
  run(env: Env): unknown;
}

/** What the compiler carries along. `compile` is handed over, so that its rooms need not import each other in a circle. */
export interface Context<Env> {
  readonly source: Source;
  readonly vocabulary: Vocabulary<Env>;
  compile(node: SyntaxNode): Compiled<Env>;
}

export function typeError<Env>(context: Context<Env>, at: number, wanted: string, found: ValueType) {
  return expressionError(context.source, at, `${wanted}, but this is ${typeWords[found]}`);
}

const typeWords: Readonly<Record<ValueType, string>> = {
  boolean: "true or false",
  text: "a text",
  list: "a list",
  "text map": 'a map (name one value of it: …["key"])',
  "list map": 'a map (name one value of it: …["key"])',
  dynamic: "part of an object",
};
