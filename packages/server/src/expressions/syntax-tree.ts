/** What the parser makes of a text. `at` is the offset where the part begins. */
export type SyntaxNode =
  | { readonly kind: "text"; readonly at: number; readonly value: string }
  | { readonly kind: "path"; readonly at: number; readonly names: readonly string[] }
  | { readonly kind: "field"; readonly at: number; readonly base: SyntaxNode; readonly name: string }
  | { readonly kind: "index"; readonly at: number; readonly base: SyntaxNode; readonly key: SyntaxNode }
  | CallNode
  | { readonly kind: "not"; readonly at: number; readonly operand: SyntaxNode }
  | { readonly kind: "all" | "any"; readonly at: number; readonly operands: readonly SyntaxNode[] }
  | CompareNode;

export interface CallNode {
  readonly kind: "call";
  readonly at: number;
  /** Dotted, for example `regexp.match`. */
  readonly name: string;
  readonly args: readonly SyntaxNode[];
}

export interface CompareNode {
  readonly kind: "compare";
  readonly at: number;
  readonly operator: "==" | "!=";
  readonly left: SyntaxNode;
  readonly right: SyntaxNode;
}
