import { isAppError } from "@sallyport/api";
import type { ExpressionUser, RuleWhereEnv } from "../expressions/index.ts";
import type { RuleSubject, Verb } from "../rpc/caller.ts";
import type { Role } from "./role.ts";
import { type IndexedRule, rulesOn } from "./rule-index.ts";

export type RuleSide = "deny" | "allow";

/** What became of a rule that names the kind. */
export type RuleOutcome =
  | "matches"
  | "other verb"
  | "where is false"
  /** Evaluation failed: the object lacks a field that the rule asks for. */
  | "where failed"
  /** The stored text does not parse. */
  | "where does not parse";

export interface ConsideredRule {
  readonly role: string;
  readonly side: RuleSide;
  /** Place among the role's rules of that side, from 1. */
  readonly number: number;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly where: string;
  readonly outcome: RuleOutcome;
  /** What went wrong, where something did. */
  readonly detail: string;
  /** Whether this rule settled the question. */
  readonly decides: "allow" | "deny" | undefined;
}

export interface AccessQuestion {
  readonly user: ExpressionUser;
  readonly kind: string;
  readonly verb: Verb;
  readonly subject?: RuleSubject | undefined;
}

/** The rules of all roles that name the kind, deny before allow, up to the one that decides. */
export function* considerRules(roles: readonly Role[], question: AccessQuestion): Generator<ConsideredRule> {
  const env = whereEnv(question);
  for (const side of ["deny", "allow"] as const) {
    for (const role of roles) {
      if (!appliesToNamespace(role[side].namespaces)) continue;
      for (const indexed of rulesOn(role[side], question.kind)) {
        const considered = considerRule(role.name, side, indexed, question.verb, env);
        yield considered;
        if (considered.decides !== undefined) return;
      }
    }
  }
}

function considerRule(
  role: string,
  side: RuleSide,
  indexed: IndexedRule,
  verb: Verb,
  env: RuleWhereEnv,
): ConsideredRule {
  const { rule } = indexed;
  const [outcome, detail] = weigh(indexed, verb, env);
  return {
    role,
    side,
    number: indexed.index + 1,
    resources: rule.resources,
    verbs: rule.verbs,
    where: rule.where,
    outcome,
    detail,
    decides: decisionOf(side, outcome),
  };
}

/** `where` comes before the verb: a clause that fails spoils every verb of its kind. */
function weigh({ rule, where }: IndexedRule, verb: Verb, env: RuleWhereEnv): [RuleOutcome, string] {
  if (typeof where === "string") return ["where does not parse", where];
  try {
    if (where !== undefined && !where.evaluate(env)) return ["where is false", ""];
  } catch (error) {
    if (isAppError(error)) return ["where failed", error.message];
    throw error;
  }
  return [namesVerb(rule.verbs, verb) ? "matches" : "other verb", ""];
}

/** A broken clause always falls on the side of no access. */
function decisionOf(side: RuleSide, outcome: RuleOutcome): "allow" | "deny" | undefined {
  switch (outcome) {
    case "matches":
      return side;
    case "where failed":
      return "deny";
    case "where does not parse":
      return side === "deny" ? "deny" : undefined;
    case "other verb":
    case "where is false":
      return undefined;
  }
}

/** `read` includes reading without secrets, never the other way round. */
export function namesVerb(ruleVerbs: readonly string[], verb: Verb): boolean {
  return (
    ruleVerbs.includes("*") ||
    ruleVerbs.includes(verb) ||
    (verb === "readnosecrets" && ruleVerbs.includes("read"))
  );
}

/** Every object of the auth service lives in the namespace `default`. */
export function appliesToNamespace(namespaces: readonly string[]): boolean {
  return namespaces.includes("default") || namespaces.includes("*");
}

function whereEnv({ user, kind, subject }: AccessQuestion): RuleWhereEnv {
  const resource = subject ?? { kind };
  switch (kind) {
    case "session":
      return subject === undefined ? { user, resource } : { user, resource, session: subject };
    case "ssh_session":
      return subject === undefined ? { user, resource } : { user, resource, sshSession: subject };
    case "session_tracker":
      return subject === undefined ? { user, resource } : { user, resource, sessionTracker: subject };
    case "host_cert":
      return subject === undefined ? { user, resource } : { user, resource, hostCert: subject };
    default:
      return { user, resource };
  }
}
