import { compileCall } from "./compile-call.ts";
import { compileField, compileIndex, compilePath } from "./compile-path.ts";
import { type Compiled, type Context, typeError } from "./compiled.ts";
import { expressionError, type Source } from "./expression-error.ts";
import { toBoolean, toText } from "./read-value.ts";
import type { CompareNode, SyntaxNode } from "./syntax-tree.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Checks names and types against the vocabulary and makes a function of the tree. The whole must be true or false. */
export function compileExpression<Env>(
  source: Source,
  vocabulary: Vocabulary<Env>,
  node: SyntaxNode,
): (env: Env) => boolean {
  return compileCondition(contextOf(source, vocabulary), node);
}

/** The same for a part that stands for any value. */
export function compileValue<Env>(
  source: Source,
  vocabulary: Vocabulary<Env>,
  node: SyntaxNode,
): Compiled<Env> {
  return compileNode(contextOf(source, vocabulary), node);
}

function contextOf<Env>(source: Source, vocabulary: Vocabulary<Env>): Context<Env> {
  const context: Context<Env> = { source, vocabulary, compile: (part) => compileNode(context, part) };
  return context;
}

function compileNode<Env>(context: Context<Env>, node: SyntaxNode): Compiled<Env> {
  switch (node.kind) {
    case "text":
      return { type: "text", constant: node.value, run: () => node.value };
    case "path":
      return compilePath(context, node);
    case "field":
      return compileField(context, node);
    case "index":
      return compileIndex(context, node);
    case "call":
      return compileCall(context, node);
    case "compare":
      return compileCompare(context, node);
    case "not": {
      const operand = compileCondition(context, node.operand);
      return { type: "boolean", run: (env) => !operand(env) };
    }
    case "all":
    case "any": {
      const operands = node.operands.map((operand) => compileCondition(context, operand));
      return { type: "boolean", run: combine(operands, node.kind === "any", context.vocabulary.eager) };
    }
  }
}

function compileCondition<Env>(context: Context<Env>, node: SyntaxNode): (env: Env) => boolean {
  const { type, run } = context.compile(node);
  if (type !== "boolean" && type !== "dynamic") {
    throw typeError(context, node.at, "a condition, true or false, is needed here", type);
  }
  return (env) => toBoolean(run(env));
}

/** `decisive` is the operand that settles it: true for ||, false for &&. */
function combine<Env>(operands: readonly ((env: Env) => boolean)[], decisive: boolean, eager: boolean) {
  if (!eager) {
    return (env: Env) => (operands.some((operand) => operand(env) === decisive) ? decisive : !decisive);
  }
  return (env: Env) => {
    let settled = false;
    for (const operand of operands) settled = operand(env) === decisive || settled;
    return settled ? decisive : !decisive;
  };
}

function compileCompare<Env>(context: Context<Env>, node: CompareNode): Compiled<Env> {
  if (!context.vocabulary.comparisons) {
    const instead = node.operator === "==" ? "equals(a, b)" : "!equals(a, b)";
    throw expressionError(context.source, node.at, `there is no ${node.operator} here; write ${instead}`);
  }
  const left = compileSide(context, node.left);
  const right = compileSide(context, node.right);
  const wanted = node.operator === "==";
  return { type: "boolean", run: (env) => (left(env) === right(env)) === wanted };
}

function compileSide<Env>(context: Context<Env>, node: SyntaxNode): (env: Env) => string {
  const { type, run } = context.compile(node);
  if (type !== "text" && type !== "dynamic") {
    throw typeError(context, node.at, "== and != compare texts", type);
  }
  return (env) => toText(run(env));
}
