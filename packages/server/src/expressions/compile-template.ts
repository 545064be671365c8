import { expressionError, type Source } from "./expression-error.ts";
import { nearestName } from "./nearest-name.ts";
import { parseExpression } from "./parse-expression.ts";
import { compileRegexp } from "./pattern.ts";
import { replaceInValues } from "./regexp-replace.ts";
import type { CallNode, SyntaxNode } from "./syntax-tree.ts";
import { localParts } from "./text-functions.ts";

export type TraitReader = (name: string) => readonly string[];
type Run = (read: TraitReader) => readonly string[];

const functionNames = ["email.local", "regexp.replace"] as const;

/** What stands between `{{` and `}}`. The names read as `internal.…` are added to `internalNames`. */
export function compileTemplate(source: Source, internalNames: string[]): Run {
  return compileNode(source, parseExpression(source), internalNames);
}

function compileNode(source: Source, node: SyntaxNode, internalNames: string[]): Run {
  const trait = traitOf(node);
  if (trait !== undefined) {
    if (trait.namespace === "internal") internalNames.push(trait.name);
    return (read) => read(trait.name);
  }
  if (node.kind === "text") return () => [node.value];
  if (node.kind === "call") return compileCall(source, node, internalNames);
  const problem = "a template holds external.<trait>, internal.<name>, a text, email.local or regexp.replace";
  throw expressionError(source, node.at, problem);
}

/** `external.name` or `external["name"]`; any other namespace reads the same traits. */
function traitOf(node: SyntaxNode): { namespace: string; name: string } | undefined {
  if (node.kind === "path") {
    const [namespace, name, ...more] = node.names;
    if (namespace === undefined || name === undefined || more.length > 0) return undefined;
    return { namespace, name };
  }
  if (node.kind !== "index" || node.base.kind !== "path" || node.key.kind !== "text") return undefined;
  const [namespace, ...more] = node.base.names;
  return namespace === undefined || more.length > 0 ? undefined : { namespace, name: node.key.value };
}

function compileCall(source: Source, node: CallNode, internalNames: string[]): Run {
  const [value, pattern, replacement] = node.args;
  if (node.name === "email.local" && value !== undefined && node.args.length === 1) {
    const run = compileNode(source, value, internalNames);
    return (read) => localParts(run(read));
  }
  if (node.name === "regexp.replace" && value !== undefined && node.args.length === 3) {
    if (pattern?.kind !== "text" || replacement?.kind !== "text") {
      throw expressionError(source, node.at, "the second and third argument of regexp.replace are texts");
    }
    const run = compileNode(source, value, internalNames);
    const regexp = compileRegexp(pattern.value);
    return (read) => replaceInValues(run(read), regexp, replacement.value);
  }
  throw expressionError(source, node.at, callProblem(node.name), nearestName(node.name, functionNames));
}

function callProblem(name: string): string {
  if (name === "email.local") return "email.local takes one argument";
  if (name === "regexp.replace") return "regexp.replace takes three arguments";
  if (name === "regexp.match" || name === "regexp.not_match") {
    return `${name} tests names in request and review role lists; it yields no value here`;
  }
  return `there is no function ${JSON.stringify(name)}; a template knows ${functionNames.join(", ")}`;
}
