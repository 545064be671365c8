import { isAppError } from "@sallyport/api";
import { type Compiled, type Context, typeError } from "./compiled.ts";
import { expressionError } from "./expression-error.ts";
import { nearestName } from "./nearest-name.ts";
import { compileRegexp, parsePattern } from "./pattern.ts";
import { toList, toText } from "./read-value.ts";
import type { CallNode, SyntaxNode } from "./syntax-tree.ts";
import type { Arguments, FunctionEntry, ParameterType, ValueType } from "./vocabulary.ts";

const accepted: Readonly<Record<ParameterType, readonly ValueType[]>> = {
  text: ["text", "dynamic"],
  list: ["list", "text", "dynamic"],
  any: ["text", "list", "dynamic"],
  "any list": ["list", "dynamic"],
  "any text": ["text", "dynamic"],
  pattern: ["text", "dynamic"],
  regexp: ["text", "dynamic"],
};

const wanted: Readonly<Record<ParameterType, string>> = {
  text: "a text",
  list: "a list or a text",
  any: "a list or a text",
  "any list": "a list",
  "any text": "a text",
  pattern: "a pattern (text)",
  regexp: "a regular expression (text)",
};

type Run<Env> = (env: Env) => unknown;

export function compileCall<Env>(context: Context<Env>, node: CallNode): Compiled<Env> {
  const entry = findFunction(context, node);
  checkCount(context, node, entry);
  const compiled = node.args.map((arg) => context.compile(arg));
  if (entry.sameTypes === true) checkSameTypes(context, node, compiled);
  const runs = node.args.map((arg, index) =>
    compileArgument(context, node, arg, compiled[index] as Compiled<Env>, parameterAt(entry, index)),
  );
  return {
    type: entry.result,
    run: (env) => entry.apply(argumentsOf(runs.map((run) => run(env))), env),
  };
}

function findFunction<Env>(context: Context<Env>, node: CallNode): FunctionEntry<Env> {
  const { functions } = context.vocabulary;
  const entry = Object.hasOwn(functions, node.name) ? functions[node.name] : undefined;
  if (entry !== undefined) return entry;
  const known = Object.keys(functions);
  const problem = `there is no function ${JSON.stringify(node.name)}; this language knows ${known.join(", ")}`;
  throw expressionError(context.source, node.at, problem, nearestName(node.name, known));
}

function checkCount<Env>(context: Context<Env>, node: CallNode, entry: FunctionEntry<Env>): void {
  const least = entry.parameters.length;
  if (node.args.length === least || (entry.rest !== undefined && node.args.length > least)) return;
  const needed = `${entry.rest === undefined ? "" : "at least "}${least} argument${least === 1 ? "" : "s"}`;
  throw expressionError(context.source, node.at, `${node.name} takes ${needed}, not ${node.args.length}`);
}

function checkSameTypes<Env>(
  context: Context<Env>,
  node: CallNode,
  compiled: readonly Compiled<Env>[],
): void {
  const types = new Set(compiled.map((part) => part.type).filter((type) => type !== "dynamic"));
  if (types.has("text") && types.has("list")) {
    const hint = "use contains(list, text) to look into a list";
    throw expressionError(context.source, node.at, `${node.name} cannot compare a text with a list; ${hint}`);
  }
}

function parameterAt<Env>(entry: FunctionEntry<Env>, index: number): ParameterType {
  return entry.parameters[index] ?? entry.rest ?? "any";
}

function compileArgument<Env>(
  context: Context<Env>,
  call: CallNode,
  node: SyntaxNode,
  part: Compiled<Env>,
  parameter: ParameterType,
): Run<Env> {
  if (!accepted[parameter].includes(part.type)) {
    throw typeError(context, node.at, `${call.name} needs ${wanted[parameter]} here`, part.type);
  }
  const convert = converters[parameter];
  if (part.constant === undefined) return (env) => convert(part.run(env));
  const value = convertConstant(context, node.at, convert, part.constant);
  return () => value;
}

/** A constant is converted once, so that a bad regular expression is found where it is written. */
function convertConstant<Env>(
  context: Context<Env>,
  at: number,
  convert: (value: unknown) => unknown,
  text: string,
): unknown {
  try {
    return convert(text);
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw expressionError(context.source, at, error.message);
  }
}

const converters: Readonly<Record<ParameterType, (value: unknown) => unknown>> = {
  text: toText,
  list: toList,
  any: (value) => value,
  "any list": (value) => value,
  "any text": (value) => value,
  pattern: (value) => parsePattern(toText(value)),
  regexp: (value) => compileRegexp(toText(value)),
};

/** The parameter types have been checked and converted above; the readers only name them again. */
function argumentsOf(values: readonly unknown[]): Arguments {
  return {
    count: values.length,
    value: (index) => values[index],
    text: (index) => values[index] as string,
    list: (index) => values[index] as readonly string[],
    pattern: (index) => values[index] as ReturnType<typeof parsePattern>,
    regexp: (index) => values[index] as ReturnType<typeof compileRegexp>,
  };
}
