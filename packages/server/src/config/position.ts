import { type Document, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from "yaml";

type Path = readonly PropertyKey[];

/** A place in a file; both numbers begin with 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The place of the value at `path`, or of the key `name` in it; of the nearest parent where there is none. */
export function positionOf(document: Document, lines: LineCounter, path: Path, name?: string): Position {
  let node: unknown = document.contents;
  let place = startOf(node) ?? 0;
  for (const step of name === undefined ? path : [...path, name]) {
    const pair = isMap(node) ? findPair(node.items, step) : undefined;
    const next = isSeq(node) ? node.items[Number(step)] : pair?.value;
    place = startOf(pair?.key) ?? startOf(next) ?? place;
    node = next;
  }
  const { line, col } = lines.linePos(place);
  return { line, column: col };
}

function findPair(items: readonly Pair[], step: PropertyKey): Pair | undefined {
  return items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(step));
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined | null)?.range?.[0];
}
