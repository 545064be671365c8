import type { AppError } from "@sallyport/api";
import { type Compiled, type Context, typeError } from "./compiled.ts";
import { expressionError } from "./expression-error.ts";
import { nearestName } from "./nearest-name.ts";
import { readField, readKey, toText } from "./read-value.ts";
import type { SyntaxNode } from "./syntax-tree.ts";

type NodeOf<Kind extends SyntaxNode["kind"]> = Extract<SyntaxNode, { kind: Kind }>;

/** `user.spec.traits.team`: the longest known name, then fields of what it stands for. */
export function compilePath<Env>(context: Context<Env>, node: NodeOf<"path">): Compiled<Env> {
  const { variables } = context.vocabulary;
  for (let length = node.names.length; length > 0; length -= 1) {
    const name = node.names.slice(0, length).join(".");
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (variable !== undefined) {
      const start: Compiled<Env> = { type: variable.type, run: (env) => variable.read(env) };
      return compileFields(context, node.at, start, node.names.slice(0, length), node.names.slice(length));
    }
  }
  throw unknownName(context, node);
}

export function compileField<Env>(context: Context<Env>, node: NodeOf<"field">): Compiled<Env> {
  return compileFields(context, node.at, context.compile(node.base), ["", "…"], [node.name]);
}

export function compileIndex<Env>(context: Context<Env>, node: NodeOf<"index">): Compiled<Env> {
  const base = context.compile(node.base);
  const key = context.compile(node.key);
  const type = elementType(base);
  if (type === undefined) throw typeError(context, node.at, "brackets look up a key in a map", base.type);
  if (base.type === "dynamic" && isVariable(context, node.base)) {
    // A missing key is empty, but a missing field must stay an error.
    throw expressionError(
      context.source,
      node.at,
      "name the field with a dot; brackets are for keys of maps",
    );
  }
  if (key.type !== "text" && key.type !== "dynamic") {
    throw typeError(context, node.key.at, "a key is a text", key.type);
  }
  return { type, run: (env) => orEmpty(type, readKey(base.run(env), toText(key.run(env)))) };
}

function compileFields<Env>(
  context: Context<Env>,
  at: number,
  start: Compiled<Env>,
  parents: readonly string[],
  names: readonly string[],
): Compiled<Env> {
  let current = start;
  const path = [...parents];
  for (const name of names) {
    current = compileOneField(context, at, current, [...path], name);
    path.push(name);
  }
  return current;
}

function compileOneField<Env>(
  context: Context<Env>,
  at: number,
  base: Compiled<Env>,
  parents: readonly string[],
  name: string,
): Compiled<Env> {
  const type = elementType(base);
  if (type === undefined) {
    throw typeError(context, at, `${parents.join(".")} has no field ${JSON.stringify(name)}`, base.type);
  }
  if (base.type === "dynamic") return { type, run: (env) => readField(base.run(env), parents, name) };
  return { type, run: (env) => orEmpty(type, readKey(base.run(env), name)) };
}

function elementType<Env>(base: Compiled<Env>): "text" | "list" | "dynamic" | undefined {
  if (base.type === "text map") return "text";
  if (base.type === "list map") return "list";
  return base.type === "dynamic" ? "dynamic" : undefined;
}

function orEmpty(type: "text" | "list" | "dynamic", value: unknown): unknown {
  if (value !== undefined || type === "dynamic") return value;
  return type === "text" ? "" : [];
}

function isVariable<Env>(context: Context<Env>, node: SyntaxNode): boolean {
  return node.kind === "path" && Object.hasOwn(context.vocabulary.variables, node.names.join("."));
}

function unknownName<Env>(context: Context<Env>, node: NodeOf<"path">): AppError {
  const known = Object.keys(context.vocabulary.variables);
  const name = node.names.join(".");
  const below = known.filter((candidate) => candidate.startsWith(`${name}.`));
  if (below.length > 0) {
    const problem = `${name} is not a value; there is ${below.slice(0, 8).join(", ")}`;
    return expressionError(context.source, node.at, problem);
  }
  const problem = `${JSON.stringify(name)} is not known; this language knows ${summary(known)}`;
  return expressionError(context.source, node.at, problem, nearestVariable(node.names, known));
}

/** Compares as much of the path as the candidate has, so that fields behind it do not count. */
function nearestVariable(names: readonly string[], known: readonly string[]): string | undefined {
  const found = known.filter((candidate) => {
    const head = names.slice(0, candidate.split(".").length).join(".");
    return nearestName(head, [candidate]) !== undefined;
  });
  return nearestName(names.join("."), found) ?? found[0];
}

function summary(known: readonly string[]): string {
  const roots = new Set(known.map((name) => name.split(".")[0]));
  return [...roots].join(", ");
}
