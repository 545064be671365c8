import { isAppError, type Traits } from "@sallyport/api";
import { isPrincipal } from "@sallyport/ssh";
import { checkTemplate, expandTemplate } from "../expressions/index.ts";
import type { RuleSide } from "./consider-rules.ts";
import type { LabelSelector, Role, RoleConditions } from "./role.ts";

/** Lists whose entries may be templates. */
export const templatedLists = [
  "logins",
  "windowsDesktopLogins",
  "awsRoleArns",
  "azureIdentities",
  "gcpServiceAccounts",
  "kubernetesGroups",
  "kubernetesUsers",
  "databaseNames",
  "databaseUsers",
  "databaseRoles",
  "githubOrganizations",
  "hostGroups",
  "hostSudoers",
  "desktopGroups",
] as const satisfies readonly (keyof RoleConditions)[];

const hasTemplate = (text: string) => text.includes("{{") || text.includes("}}");

const expanded = new WeakMap<Role, WeakMap<Traits, Role>>();

/** The role with the user's traits put into its templates; the same one each time, as neither ever changes. */
export function applyTraits(role: Role, traits: Traits): Role {
  const byTraits = expanded.get(role) ?? new WeakMap<Traits, Role>();
  expanded.set(role, byTraits);
  const known = byTraits.get(traits);
  if (known !== undefined) return known;
  const made = expandRole(role, traits);
  byTraits.set(traits, made);
  return made;
}

function expandRole(role: Role, traits: Traits): Role {
  return {
    ...role,
    options: {
      ...role.options,
      certExtensions: role.options.certExtensions.map((extension) => ({
        ...extension,
        value: expandEntry(extension.value, traits, [extension.value])[0] ?? extension.value,
      })),
    },
    allow: applyToConditions(role.allow, traits, "allow"),
    deny: applyToConditions(role.deny, traits, "deny"),
  };
}

function applyToConditions(conditions: RoleConditions, traits: Traits, side: RuleSide): RoleConditions {
  // A deny that cannot be read must not turn into no deny at all.
  const broken = side === "deny" ? ["*"] : [];
  const expand = (list: readonly string[]) => [
    ...new Set(list.flatMap((text) => expandEntry(text, traits, broken))),
  ];
  const lists = Object.fromEntries(templatedLists.map((field) => [field, expand(conditions[field])]));
  const { impersonate } = conditions;
  const applied: RoleConditions = {
    ...conditions,
    ...lists,
    impersonate: impersonate && {
      ...impersonate,
      users: expand(impersonate.users),
      roles: expand(impersonate.roles),
    },
    kubernetesResources: conditions.kubernetesResources.flatMap((resource) =>
      expand([resource.namespace]).flatMap((namespace) =>
        expand([resource.name]).map((name) => ({
          ...resource,
          namespace,
          name,
          verbs: expand(resource.verbs),
        })),
      ),
    ),
    labelSelectors: applyToSelectors(conditions.labelSelectors, traits, side),
  };
  return side === "deny" ? applied : withoutBadLogins(applied);
}

function applyToSelectors(
  selectors: RoleConditions["labelSelectors"],
  traits: Traits,
  side: RuleSide,
): RoleConditions["labelSelectors"] {
  const applied = Object.entries(selectors).map(([kind, selector]) => [
    kind,
    kind === "workload_identity" ? selector : applyToSelector(selector, traits, side),
  ]);
  return Object.fromEntries(applied);
}

/** A label that expands to nothing becomes the empty one, which no resource has. */
function applyToSelector(selector: LabelSelector, traits: Traits, side: RuleSide): LabelSelector {
  const texts = Object.entries(selector).flatMap(([name, values]) => [name, ...values]);
  if (!texts.some(hasTemplate)) return selector;
  if (side === "deny" && texts.some(isBroken)) return { "*": ["*"] };
  const applied = new Map<string, string[]>();
  for (const [name, values] of Object.entries(selector)) {
    const appliedName = expandEntry(name, traits, [])[0] ?? "";
    const appliedValues = values.flatMap((value) => {
      const expanded = expandEntry(value, traits, []);
      return expanded.length === 0 ? [""] : expanded;
    });
    applied.set(appliedName, [...(applied.get(appliedName) ?? []), ...appliedValues]);
  }
  return Object.fromEntries(applied);
}

/** What a text stands for: itself, or the values of its template; nothing where a trait is missing. */
function expandEntry(text: string, traits: Traits, broken: readonly string[]): readonly string[] {
  if (!hasTemplate(text)) return [text];
  if (isBroken(text)) return broken;
  try {
    return expandTemplate(text, traits).filter((value) => value !== "");
  } catch (error) {
    // For example a trait that is not an e-mail address: the entry counts for nobody.
    if (isAppError(error)) return [];
    throw error;
  }
}

function isBroken(text: string): boolean {
  if (!hasTemplate(text)) return false;
  try {
    checkTemplate(text);
    return false;
  } catch (error) {
    if (isAppError(error)) return true;
    throw error;
  }
}

function withoutBadLogins(conditions: RoleConditions): RoleConditions {
  return {
    ...conditions,
    logins: conditions.logins.filter(isUnixLogin),
    windowsDesktopLogins: conditions.windowsDesktopLogins.filter(isWindowsLogin),
  };
}

/** What useradd(8) takes and a certificate can name: one login that it cannot would keep the holder from all others. */
export function isUnixLogin(login: string): boolean {
  return /^[^-+\\].{0,31}$/.test(login) && isPrincipal(login, "user");
}

export function isWindowsLogin(login: string): boolean {
  return login !== "" && !/["/\\[\]:;|=,+*?<>\p{C}]/u.test(login);
}
