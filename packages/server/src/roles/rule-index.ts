import { isAppError } from "@sallyport/api";
import { type Predicate, parseRuleWhere, type RuleWhereEnv } from "../expressions/index.ts";
import type { RoleConditions, Rule } from "./role.ts";

/** A rule that is ready to be decided on. */
export interface IndexedRule {
  readonly rule: Rule;
  /** Place in the role as written, from 0. */
  readonly index: number;
  /** `undefined` = always; a string = why the stored text cannot be parsed. */
  readonly where: Predicate<RuleWhereEnv> | string | undefined;
}

interface RuleIndex {
  readonly byKind: ReadonlyMap<string, readonly IndexedRule[]>;
  readonly forAnyKind: readonly IndexedRule[];
}

/** Roles are immutable, and copies of one share its list of rules, so each list is parsed once. */
const indexes = new WeakMap<readonly Rule[], RuleIndex>();

/** Rules that name the kind, then those for any kind; within each, the more specific first. */
export function rulesOn(conditions: RoleConditions, kind: string): readonly IndexedRule[] {
  let index = indexes.get(conditions.rules);
  if (index === undefined) {
    index = makeIndex(conditions.rules);
    indexes.set(conditions.rules, index);
  }
  const named = index.byKind.get(kind);
  if (named === undefined) return index.forAnyKind;
  return index.forAnyKind.length === 0 ? named : [...named, ...index.forAnyKind];
}

/** How specific a rule is; a higher one is looked at earlier. */
function scoreRule(rule: Rule): number {
  let score = 0;
  if (rule.resources.includes("*")) score -= 4;
  else if (rule.resources.length === 1) score += 2;
  if (rule.verbs.includes("*")) score -= 2;
  if (rule.where !== "") score += 8;
  if (rule.actions.length > 0) score += 8;
  return score;
}

function makeIndex(rules: readonly Rule[]): RuleIndex {
  const byKind = new Map<string, IndexedRule[]>();
  for (const indexed of rules.map(indexRule).sort((a, b) => scoreRule(b.rule) - scoreRule(a.rule))) {
    for (const kind of new Set(indexed.rule.resources)) {
      const list = byKind.get(kind);
      if (list === undefined) byKind.set(kind, [indexed]);
      else list.push(indexed);
    }
  }
  const forAnyKind = byKind.get("*") ?? [];
  byKind.delete("*");
  return { byKind, forAnyKind };
}

function indexRule(rule: Rule, index: number): IndexedRule {
  return { rule, index, where: rule.where.trim() === "" ? undefined : parseStored(rule.where) };
}

/** What is stored already must never stop a start, so a text that does not parse is kept as its error. */
function parseStored(text: string): Predicate<RuleWhereEnv> | string {
  try {
    return parseRuleWhere(text);
  } catch (error) {
    if (isAppError(error)) return error.message;
    throw error;
  }
}
