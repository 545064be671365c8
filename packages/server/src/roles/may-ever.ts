import type { Verb } from "../rpc/caller.ts";
import { appliesToNamespace, namesVerb } from "./consider-rules.ts";
import { widerKindOf } from "./decide-access.ts";
import type { Role } from "./role.ts";
import { type IndexedRule, rulesOn } from "./rule-index.ts";

/**
 * Whether there can be an object of the kind to which all of this may be done, whatever the clauses of rules look at.
 * False is certain: then every decision denies. True promises nothing.
 */
export function mayEver(roles: readonly Role[], kind: string, verbs: readonly Verb[]): boolean {
  const wider = widerKindOf(kind);
  return mayEverOn(roles, kind, verbs) || (wider !== undefined && mayEverOn(roles, wider, verbs));
}

function mayEverOn(roles: readonly Role[], kind: string, verbs: readonly Verb[]): boolean {
  const onSide = (side: "allow" | "deny") =>
    roles
      .filter((role) => appliesToNamespace(role[side].namespaces))
      .flatMap((role) => rulesOn(role[side], kind));
  const [denials, allowances] = [onSide("deny"), onSide("allow")];
  return verbs.every(
    (verb) =>
      !denials.some((rule) => alwaysDenies(rule, verb)) && allowances.some((rule) => canAllow(rule, verb)),
  );
}

/** A denial whose clause does not parse denies everything of its kind. */
const alwaysDenies = ({ rule, where }: IndexedRule, verb: Verb) =>
  typeof where === "string" || (where === undefined && namesVerb(rule.verbs, verb));

const canAllow = ({ rule, where }: IndexedRule, verb: Verb) =>
  typeof where !== "string" && namesVerb(rule.verbs, verb);
