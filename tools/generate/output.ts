import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Every file below a folder, by its path in it. Empty where the folder does not exist. */
export function readTree(root: string): Map<string, string> {
  if (!existsSync(root)) return new Map();
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.sort().map((path) => [relative(root, path), readFileSync(path, "utf8")]));
}

/** Writes files below a folder, each by its path in it. */
export function writeTree(root: string, files: ReadonlyMap<string, string>): void {
  for (const [path, text] of files) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

export type Drift = { readonly path: string; readonly change: "new" | "changed" | "gone" };

/** What would change in `root` if it held exactly `wanted`. */
export function compareTree(root: string, wanted: ReadonlyMap<string, string>): Drift[] {
  const present = readTree(root);
  const drifts: Drift[] = [];
  for (const [path, text] of wanted) {
    const before = present.get(path);
    if (before !== text) drifts.push({ path, change: before === undefined ? "new" : "changed" });
  }
  for (const path of present.keys()) if (!wanted.has(path)) drifts.push({ path, change: "gone" });
  return drifts;
}

/** Makes `root` hold exactly `wanted`; a file that is right already is not touched. */
export function applyTree(root: string, wanted: ReadonlyMap<string, string>): Drift[] {
  const drifts = compareTree(root, wanted);
  for (const { path, change } of drifts) {
    if (change === "gone") rmSync(join(root, path));
    else writeTree(root, new Map([[path, wanted.get(path) ?? ""]]));
  }
  return drifts;
}
