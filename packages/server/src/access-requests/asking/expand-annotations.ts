import type { Traits } from "@sallyport/api";
import { expandTemplate } from "../../expressions/index.ts";
import { matchesByName, matchesBySearch, type RequestPolicy } from "./request-policy.ts";
import type { AskingFor } from "./requestable-roles.ts";

/** What the requester's roles write on the request, for plugins and for the conditions of reviewers. */
export function expandAnnotations(
  policies: readonly RequestPolicy[],
  roles: readonly string[],
  askingFor: AskingFor,
  traits: Traits,
): Traits {
  const annotations = new Map<string, Set<string>>();
  const permits = askingFor === "roles" ? matchesByName : matchesBySearch;
  for (const policy of policies.filter((each) => roles.some((name) => permits(each, name)))) {
    for (const [key, value] of expandAll(policy.allow?.annotations, traits))
      valuesOf(annotations, key).add(value);
  }
  for (const policy of policies) {
    for (const [key, value] of expandAll(policy.deny?.annotations, traits))
      annotations.get(key)?.delete(value);
  }
  const kept = [...annotations].filter(([, values]) => values.size > 0);
  return Object.fromEntries(kept.map(([key, values]) => [key, [...values].sort()]));
}

function valuesOf(annotations: Map<string, Set<string>>, key: string): Set<string> {
  const values = annotations.get(key) ?? new Set();
  annotations.set(key, values);
  return values;
}

function* expandAll(
  annotations: Traits | undefined,
  traits: Traits,
): Generator<[key: string, value: string]> {
  for (const [key, templates] of Object.entries(annotations ?? {})) {
    for (const template of templates) {
      for (const value of expandOrSkip(template, traits)) yield [key, value];
    }
  }
}

/** A template that cannot be expanded for this user leaves its value out: that is its meaning, not an error. */
function expandOrSkip(template: string, traits: Traits): readonly string[] {
  if (!template.includes("{{")) return [template];
  try {
    return expandTemplate(template, traits);
  } catch {
    return [];
  }
}
