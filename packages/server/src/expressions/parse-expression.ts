import { expressionError, type Source } from "./expression-error.ts";
import type { SyntaxNode } from "./syntax-tree.ts";
import { type SymbolText, type Token, tokenize } from "./tokenize.ts";

/** Deeper nesting is refused: the parser and what it makes use the stack. */
export const MAX_DEPTH = 64;
/** Most arguments of one call. */
const MAX_ARGUMENTS = 256;

interface Reader {
  readonly source: Source;
  readonly tokens: readonly Token[];
  next: number;
}

/**
 * The one grammar:
 *
 *     any     = all { "||" all }
 *     all     = compare { "&&" compare }
 *     compare = unary [ ("==" | "!=") unary ]
 *     unary   = "!" unary | postfix
 *     postfix = primary { "." name | "[" any "]" | "(" [ any { "," any } ] ")" }
 *     primary = name | text | "(" any ")"
 */
export function parseExpression(source: Source): SyntaxNode {
  const reader: Reader = { source, tokens: tokenize(source), next: 0 };
  if (peek(reader).kind === "end") throw expressionError(source, 0, "it is empty");
  const node = parseAny(reader, 0);
  if (peek(reader).kind !== "end") {
    throw expressionError(source, peek(reader).at, "the expression should end here, or go on with && or ||");
  }
  return node;
}

function parseAny(reader: Reader, depth: number): SyntaxNode {
  if (depth > MAX_DEPTH) {
    throw expressionError(reader.source, peek(reader).at, `it nests deeper than ${MAX_DEPTH} levels`);
  }
  return parseChain(reader, "any", "||", () =>
    parseChain(reader, "all", "&&", () => parseCompare(reader, depth)),
  );
}

function parseChain(
  reader: Reader,
  kind: "all" | "any",
  operator: "&&" | "||",
  parseOperand: () => SyntaxNode,
): SyntaxNode {
  const first = parseOperand();
  if (peek(reader).kind !== operator) return first;
  const operands = [first];
  while (accept(reader, operator)) operands.push(parseOperand());
  return { kind, at: first.at, operands };
}

function parseCompare(reader: Reader, depth: number): SyntaxNode {
  const left = parseUnary(reader, depth);
  const operator = peek(reader);
  if (operator.kind !== "==" && operator.kind !== "!=") return left;
  reader.next += 1;
  const right = parseUnary(reader, depth);
  return { kind: "compare", at: operator.at, operator: operator.kind, left, right };
}

function parseUnary(reader: Reader, depth: number): SyntaxNode {
  const { at } = peek(reader);
  if (!accept(reader, "!")) return parsePostfix(reader, depth);
  if (depth > MAX_DEPTH) throw expressionError(reader.source, at, `it nests deeper than ${MAX_DEPTH} levels`);
  return { kind: "not", at, operand: parseUnary(reader, depth + 1) };
}

function parsePostfix(reader: Reader, depth: number): SyntaxNode {
  let node = parsePrimary(reader, depth);
  for (let links = 0; ; links += 1) {
    const { at } = peek(reader);
    if (links > MAX_DEPTH) throw expressionError(reader.source, at, "this chain is too long");
    if (accept(reader, ".")) node = withName(node, expectName(reader), at);
    else if (accept(reader, "[")) {
      node = { kind: "index", at, base: node, key: parseAny(reader, depth + 1) };
      expect(reader, "]");
    } else if (accept(reader, "(")) {
      if (node.kind !== "path") throw expressionError(reader.source, at, "only a function can be called");
      node = { kind: "call", at: node.at, name: node.names.join("."), args: parseArguments(reader, depth) };
    } else return node;
  }
}

function withName(base: SyntaxNode, name: string, at: number): SyntaxNode {
  if (base.kind === "path") return { ...base, names: [...base.names, name] };
  return { kind: "field", at, base, name };
}

function parseArguments(reader: Reader, depth: number): SyntaxNode[] {
  const args: SyntaxNode[] = [];
  if (accept(reader, ")")) return args;
  do {
    if (args.length === MAX_ARGUMENTS) {
      throw expressionError(reader.source, peek(reader).at, `a call has at most ${MAX_ARGUMENTS} arguments`);
    }
    args.push(parseAny(reader, depth + 1));
  } while (accept(reader, ","));
  expect(reader, ")");
  return args;
}

function parsePrimary(reader: Reader, depth: number): SyntaxNode {
  const token = peek(reader);
  if (token.kind === "name") {
    reader.next += 1;
    return { kind: "path", at: token.at, names: [token.value] };
  }
  if (token.kind === "text") {
    reader.next += 1;
    return { kind: "text", at: token.at, value: token.value };
  }
  if (accept(reader, "(")) {
    const inner = parseAny(reader, depth + 1);
    expect(reader, ")");
    return inner;
  }
  throw expressionError(reader.source, token.at, "a name, a text or a function call is missing here");
}

function expectName(reader: Reader): string {
  const token = peek(reader);
  if (token.kind !== "name")
    throw expressionError(reader.source, token.at, "a name is missing after the dot");
  reader.next += 1;
  return token.value;
}

function expect(reader: Reader, symbol: SymbolText): void {
  if (accept(reader, symbol)) return;
  throw expressionError(reader.source, peek(reader).at, `${JSON.stringify(symbol)} is missing here`);
}

function accept(reader: Reader, symbol: SymbolText): boolean {
  if (peek(reader).kind !== symbol) return false;
  reader.next += 1;
  return true;
}

function peek(reader: Reader): Token {
  return reader.tokens[reader.next] ?? { kind: "end", at: reader.source.text.length };
}
