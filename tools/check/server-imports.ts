import { posix } from "node:path";
import { importsOf } from "./imports.ts";

/** A file below packages/server/src; the path is relative to that folder. */
export interface SourceFile {
  readonly path: string;
  readonly source: string;
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  /** The number in section "Who may import whom" of ARCHITECTURE.md. */
  readonly rule: 2 | 3 | 4 | 5;
  readonly words: string;
}

/** Rooms that domains stand on, lowest first; everything that is not listed is a domain. */
const levels: Readonly<Record<string, number>> = {
  kernel: 0,
  expressions: 0,
  storage: 1,
  audit: 2,
  config: 2,
  rpc: 3,
};
const DOMAIN = 4;
const START = 5;

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Everything that breaks rules 2 to 5 in the server. */
export function checkServerImports(files: readonly SourceFile[]): readonly Violation[] {
  const code = files.filter(({ path }) => !path.endsWith(".test.ts"));
  const arrows = code.flatMap(({ path, source }) =>
    importsOf(source).map(({ specifier, ...rest }) => ({ from: path, to: target(path, specifier), ...rest })),
  );
  const rules = [levelRule, frontDoorRule, purityRule, generatedRule];
  return [...arrows.flatMap((arrow) => rules.flatMap((rule) => rule(arrow) ?? [])), ...roomCycles(arrows)];
}

/** A path below src for what is ours, the specifier for everything else. */
function target(from: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : specifier;
}

function isOurs(path: string): boolean {
  return path.endsWith(".ts");
}

function roomOf(path: string): string {
  return path.includes("/") ? (path.split("/")[0] ?? "") : "";
}

function levelOf(path: string): number {
  const room = roomOf(path);
  if (room === "") return START;
  // The log is below the calls that read it: its one file of methods stands with the domains.
  if (path === "audit/rpc.ts") return DOMAIN;
  return Object.hasOwn(levels, room) ? (levels[room] ?? DOMAIN) : DOMAIN;
}

function levelRule({ from, to, line }: Arrow): Violation | undefined {
  if (!isOurs(to) || roomOf(from) === roomOf(to)) return undefined;
  const [low, high] = [levelOf(from), levelOf(to)];
  if (high < low || (low === DOMAIN && high === DOMAIN)) return undefined;
  const words = `${roomOf(from)} must not import ${roomOf(to) || to}: arrows go kernel ← storage ← audit, config ← rpc ← domains ← start-*`;
  return { path: from, line, rule: 2, words };
}

function frontDoorRule({ from, to, line }: Arrow): Violation | undefined {
  if (!isOurs(to) || levelOf(from) !== DOMAIN || levelOf(to) !== DOMAIN) return undefined;
  if (roomOf(from) === roomOf(to) || to === `${roomOf(to)}/index.ts`) return undefined;
  return { path: from, line, rule: 3, words: `import ${roomOf(to)}/index.ts instead of ${to}` };
}

/** `decide-*.ts`, and the noun of its folder: `roles/role.ts`. */
function isPure(path: string): boolean {
  const name = posix.basename(path, ".ts");
  const folder = posix.basename(posix.dirname(path));
  const plurals = [`${name}s`, `${name}es`, ...(name.endsWith("y") ? [name.replace(/y$/, "ies")] : [])];
  return levelOf(path) === DOMAIN && (name.startsWith("decide-") || plurals.includes(folder));
}

function purityRule({ from, to, typeOnly, line }: Arrow): Violation | undefined {
  if (!isPure(from)) return undefined;
  // `rpc/caller.ts` is a noun itself.
  const door = isOurs(to) && ["storage", "rpc"].includes(roomOf(to)) && !typeOnly && to !== "rpc/caller.ts";
  const message = isGenerated(to) || to.startsWith("@bufbuild/protobuf");
  if (!to.startsWith("node:") && !message && !door) return undefined;
  return { path: from, line, rule: 4, words: `a noun or a decision is pure; it must not import ${to}` };
}

function isGenerated(specifier: string): boolean {
  return specifier.startsWith("@sallyport/api/gen/");
}

/** A file below the domains that answers calls: `rpc.ts`, files that end so, and the room `rpc`. */
function isDoor(path: string): boolean {
  return roomOf(path) === "rpc" || /(^|[/-])rpc\.ts$/.test(path);
}

/**
 * A domain may handle the messages that it stores and answers with; what every domain stands on knows none of them,
 * and decisions and nouns never do (rule 4).
 */
function generatedRule({ from, to, typeOnly, line }: Arrow): Violation | undefined {
  // The root of the package brings every message along, and the storage has threads that load what it imports.
  if (to === "@sallyport/api" && !typeOnly && ["kernel", "storage"].includes(roomOf(from))) {
    return { path: from, line, rule: 5, words: `${roomOf(from)} takes errors from ${to}/errors` };
  }
  if (!isGenerated(to) || levelOf(from) >= DOMAIN || isDoor(from)) return undefined;
  const words = `${roomOf(from)} knows no messages of the wire; ${to} belongs to domains and to rpc`;
  return { path: from, line, rule: 5, words };
}

/** Rule 3 again: two domains that each need the other are one domain, or one of the arrows points the wrong way. */
function roomCycles(arrows: readonly Arrow[]): readonly Violation[] {
  const between = arrows.filter(
    ({ from, to }) =>
      isOurs(to) && levelOf(from) === DOMAIN && levelOf(to) === DOMAIN && roomOf(from) !== roomOf(to),
  );
  const next = new Map<string, Set<string>>();
  for (const { from, to } of between) {
    next.set(roomOf(from), (next.get(roomOf(from)) ?? new Set()).add(roomOf(to)));
  }
  return between
    .filter(({ from, to }) => reaches(next, roomOf(to), roomOf(from)))
    .map(({ from, to, line }) => ({
      path: from,
      line,
      rule: 3 as const,
      words: `${roomOf(from)} and ${roomOf(to)} need each other`,
    }));
}

function reaches(next: ReadonlyMap<string, ReadonlySet<string>>, start: string, goal: string): boolean {
  const seen = new Set<string>([start]);
  for (const room of seen) for (const step of next.get(room) ?? []) seen.add(step);
  return seen.has(goal);
}
