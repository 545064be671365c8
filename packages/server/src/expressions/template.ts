import { isAppError, type Traits } from "@sallyport/api";
import { boundedCache } from "./bounded-cache.ts";
import { compileTemplate, type TraitReader } from "./compile-template.ts";
import { expressionError, type Source } from "./expression-error.ts";
import { nearestName } from "./nearest-name.ts";
import { splitTemplate } from "./split-template.ts";

export interface TemplateOptions {
  /** Names that may follow `internal.`; left out, those that role fields know. */
  readonly internalNames?: readonly string[];
}

interface Template {
  /** Traits read as `{{internal.…}}`. */
  readonly internalNames: readonly string[];
  expand(traits: Traits): readonly string[];
}

export const knownInternalNames: readonly string[] = [
  "logins",
  "windows_logins",
  "kubernetes_groups",
  "kubernetes_users",
  "db_names",
  "db_users",
  "db_roles",
  "aws_role_arns",
  "azure_identities",
  "gcp_service_accounts",
  "jwt",
  "github_orgs",
];

const templates = boundedCache<Template>(2000);

/**
 * The values that a text stands for: itself without `{{…}}`, else one for each value of the trait.
 * Never throws: what cannot be expanded (missing trait, bad template, an address that is none) gives nothing;
 * checkTemplate says why.
 */
export function expandTemplate(
  text: string,
  traits: Traits,
  options: TemplateOptions = {},
): readonly string[] {
  if (!text.includes("{{") && !text.includes("}}")) return [text];
  try {
    return parseTemplate(text, options).expand(traits);
  } catch (error) {
    if (isAppError(error, "BAD_PARAMETER")) return [];
    throw error;
  }
}

/** Throws BAD_PARAMETER where `{{` or `}}` does not parse or an internal name is not allowed. */
export function checkTemplate(text: string, options: TemplateOptions = {}): void {
  parseTemplate(text, options);
}

function parseTemplate(text: string, { internalNames = knownInternalNames }: TemplateOptions): Template {
  const template = templates.get(text, makeTemplate);
  const stranger = template.internalNames.find((name) => !internalNames.includes(name));
  if (stranger === undefined) return template;
  const source: Source = { text, title: "template" };
  const problem = `internal.${stranger} is not possible here; there is ${internalNames.join(", ") || "none"}`;
  throw expressionError(source, text.indexOf("{{"), problem, nearestName(stranger, internalNames));
}

function makeTemplate(text: string): Template {
  const source: Source = { text, title: "template" };
  const parts = splitTemplate(source);
  if (parts === undefined) return { internalNames: [], expand: () => [text] };
  const names: string[] = [];
  const run = compileTemplate({ text: parts.expression, title: source.title }, names);
  return {
    internalNames: names,
    expand: (traits) => {
      const read: TraitReader = (name) => (Object.hasOwn(traits, name) ? (traits[name] ?? []) : []);
      return run(read).flatMap((value) => (value === "" ? [] : [parts.prefix + value + parts.suffix]));
    },
  };
}
