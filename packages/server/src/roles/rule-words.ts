import type { Verb } from "../rpc/caller.ts";
import type { LabelSelector, Rule } from "./role.ts";

/** The words in which tables of rules are written. */
export const readWrite: readonly Verb[] = ["list", "create", "read", "update", "delete"];
export const readOnly: readonly Verb[] = ["list", "read"];
export const readWithoutSecrets: readonly Verb[] = ["list", "readnosecrets"];
export const create: readonly Verb[] = ["create"];

export const anyLabels: LabelSelector = { "*": ["*"] };

export function rule(kind: string, verbs: readonly Verb[], where = ""): Rule {
  return { resources: [kind], verbs, where, actions: [] };
}

/** One rule for each kind. */
export function rules(kinds: readonly string[], verbs: readonly Verb[]): Rule[] {
  return kinds.map((kind) => rule(kind, verbs));
}
