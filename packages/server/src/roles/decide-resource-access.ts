import { isAppError, type Traits } from "@sallyport/api";
import {
  type LabelExpressionEnv,
  matchesLabels,
  type Predicate,
  parseLabelExpression,
} from "../expressions/index.ts";
import type { Verdict } from "../rpc/caller.ts";
import type { LabelledKind, Role, RoleConditions } from "./role.ts";

export interface LabelledResource {
  readonly kind: LabelledKind;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * May the holder of these roles reach the resource, as this login if one is given? A denial of any role wins;
 * then one single role has to allow labels and login together. Traits have been applied to the roles.
 */
export function decideResourceAccess(
  roles: readonly Role[],
  traits: Traits,
  resource: LabelledResource,
  login?: string,
): Verdict {
  const env: LabelExpressionEnv = { labels: resource.labels, user: { traits } };
  for (const role of roles) {
    const because = refusal(role.deny, resource, env, login);
    if (because !== undefined) {
      return { allow: false, explicit: true, because: `role ${JSON.stringify(role.name)} denies ${because}` };
    }
  }
  for (const role of roles) {
    if (!allows(role.allow, resource, env)) continue;
    if (login !== undefined && !role.allow.logins.includes(login)) continue;
    return { allow: true, because: `labels of role ${JSON.stringify(role.name)}` };
  }
  if (resource.kind === "cluster" && isOpenCluster(roles, resource)) {
    return { allow: true, because: "neither the cluster has labels nor any role asks for some" };
  }
  return { allow: false, explicit: false, because: `no role allows a ${resource.kind} with these labels` };
}

function refusal(
  deny: RoleConditions,
  resource: LabelledResource,
  env: LabelExpressionEnv,
  login: string | undefined,
): string | undefined {
  if (login !== undefined && (deny.logins.includes(login) || deny.logins.includes("*"))) return "the login";
  if (!inDefaultNamespace(deny)) return undefined;
  const selector = deny.labelSelectors[resource.kind];
  const byLabels = selector !== undefined && failsTo(true, () => matchesLabels(selector, resource.labels));
  const expression = expressionOf(deny, resource.kind);
  const byExpression =
    expression === "broken" || (expression !== undefined && failsTo(true, () => expression.evaluate(env)));
  return byLabels || byExpression ? "these labels" : undefined;
}

/** Selector and expression must both match where both are set; with neither set nothing matches. */
function allows(allow: RoleConditions, resource: LabelledResource, env: LabelExpressionEnv): boolean {
  if (!inDefaultNamespace(allow)) return false;
  const selector = allow.labelSelectors[resource.kind];
  const hasSelector = selector !== undefined && Object.keys(selector).length > 0;
  const expression = expressionOf(allow, resource.kind);
  if (expression === "broken" || (!hasSelector && expression === undefined)) return false;
  if (hasSelector && !failsTo(false, () => matchesLabels(selector, resource.labels))) return false;
  return expression === undefined || failsTo(false, () => expression.evaluate(env));
}

/** A pattern or expression that fails counts as given: as a match of a denial, as no match of an allowance. */
function failsTo(onFailure: boolean, match: () => boolean): boolean {
  try {
    return match();
  } catch (error) {
    if (isAppError(error)) return onFailure;
    throw error;
  }
}

function inDefaultNamespace(conditions: RoleConditions): boolean {
  return conditions.namespaces.includes("default") || conditions.namespaces.includes("*");
}

function isOpenCluster(roles: readonly Role[], resource: LabelledResource): boolean {
  const asksForLabels = (role: Role) =>
    Object.keys(role.allow.labelSelectors.cluster ?? {}).length > 0 ||
    (role.allow.labelExpressions.cluster ?? "") !== "";
  return Object.keys(resource.labels).length === 0 && !roles.some(asksForLabels);
}

type ParsedExpression = Predicate<LabelExpressionEnv> | "broken";
const parsed = new Map<string, ParsedExpression>();
const MAX_PARSED = 10_000;

function expressionOf(conditions: RoleConditions, kind: LabelledKind): ParsedExpression | undefined {
  const text = conditions.labelExpressions[kind] ?? "";
  if (text.trim() === "") return undefined;
  let expression = parsed.get(text);
  if (expression === undefined) {
    expression = parseStored(text);
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(text, expression);
  }
  return expression;
}

function parseStored(text: string): ParsedExpression {
  try {
    return parseLabelExpression(text);
  } catch (error) {
    if (isAppError(error)) return "broken";
    throw error;
  }
}
