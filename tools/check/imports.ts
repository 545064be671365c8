/** One `import`, `export … from` or `import(…)`. */
export interface Import {
  readonly specifier: string;
  /** It vanishes when types are stripped. */
  readonly typeOnly: boolean;
  readonly line: number;
}

const statement = /^(?:import|export)\s+(type\s+)?(?:[\w*{][^;"'`]*?\sfrom\s+)?"([^"]+)"/gm;
const dynamic = /\bimport\(\s*"([^"]+)"\s*\)/g;

/** The imports of formatted TypeScript; what stands in a comment or a template at the start of a line counts too. */
export function importsOf(source: string): readonly Import[] {
  const found: Import[] = [];
  for (const match of source.matchAll(statement)) {
    found.push({
      specifier: match[2] ?? "",
      typeOnly: match[1] !== undefined,
      line: lineAt(source, match.index),
    });
  }
  for (const match of source.matchAll(dynamic)) {
    found.push({ specifier: match[1] ?? "", typeOnly: false, line: lineAt(source, match.index) });
  }
  return found;
}

function lineAt(source: string, index: number): number {
  return source.slice(0, index).split("\n").length;
}
