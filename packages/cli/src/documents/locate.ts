import type { JsonPath, Position } from "@sallyport/api";
import { isAlias, isMap, isNode, isScalar, isSeq, type Node } from "yaml";
import type { SourceDocument } from "./document.ts";

/**
 * Where the field of a path is written: at its key, or at the item of a list. Where the field is not written, since it
 * is missing, the place is that of the last part of the path that is.
 */
export function locate(document: SourceDocument, path: JsonPath): Position | undefined {
  let node: unknown = document.root;
  let found: Node | undefined = isNode(node) ? node : undefined;
  for (const step of path) {
    const next = stepInto(isAlias(node) ? node.resolve(document.yaml) : node, step);
    if (next === undefined) break;
    found = next.place ?? found;
    node = next.value;
  }
  const offset = found?.range?.[0];
  if (offset === undefined) return undefined;
  const { line, col } = document.lines.linePos(offset);
  return { line, column: col };
}

function stepInto(
  node: unknown,
  step: string | number,
): { readonly place: Node | undefined; readonly value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    if (pair === undefined) return undefined;
    return { place: isNode(pair.key) ? pair.key : undefined, value: pair.value };
  }
  if (!isSeq(node)) return undefined;
  const item = node.items[Number(step)];
  return item === undefined ? undefined : { place: isNode(item) ? item : undefined, value: item };
}
