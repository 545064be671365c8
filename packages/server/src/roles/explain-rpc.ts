import { AppError, type Traits } from "@sallyport/api";
import type {
  AccessExplainService,
  CheckResourceRequest,
} from "@sallyport/api/gen/sallyport/access/v1/access_explain_service_pb.js";
import { nearestName } from "../expressions/index.ts";
import { type Call, type RpcTable, type RuleSubject, type Verb, verbs } from "../rpc/index.ts";
import type { ConsideredRule } from "./consider-rules.ts";
import { type AccessExplanation, explainAccess } from "./explain-access.ts";
import { withImplicitRole } from "./implicit-role.ts";
import type { RoleStore } from "./store.ts";

export interface ExplainDeps {
  readonly roles: RoleStore;
  /** What the user is given when they log in; undefined where there is no such user. */
  userOf(name: string): Promise<{ readonly roles: readonly string[]; readonly traits: Traits } | undefined>;
  /** The named resource of the kind, for `where` clauses; undefined where it is not there. */
  subjectOf(kind: string, name: string): Promise<RuleSubject | undefined>;
  /** Throws what writing the resource would throw, as far as that does not depend on other resources. */
  checkResource(resource: CheckResourceRequest["resource"], replace: boolean, call: Call): Promise<void>;
}

interface Question {
  readonly user: string;
  readonly verb: string;
  readonly kind: string;
  readonly name: string;
}

/** What is asked before something is done: answered from the decisions that are enforced. */
export function accessExplainRpcs(deps: ExplainDeps): RpcTable<typeof AccessExplainService> {
  return {
    explainAccess: {
      access: { decidedBy: "own or readable access" },
      handle: async (request, call) => {
        demandExplanation(call, request.user);
        const explanation = await explain(deps, request, call);
        const deciding = explanation.considered.find((rule) => rule.decides !== undefined);
        return {
          allowed: explanation.verdict.allow,
          explicitDeny: !explanation.verdict.allow && explanation.verdict.explicit,
          role: deciding?.role ?? "",
          rule: deciding === undefined ? "" : placeOf(deciding),
          because: explanation.verdict.because,
          considered: explanation.considered.map((rule) => ({
            role: rule.role,
            rule: placeOf(rule),
            deny: rule.side === "deny",
            matched: rule.decides !== undefined,
            because: describeOutcome(rule),
          })),
        };
      },
    },
    checkResource: {
      access: { decidedBy: "create on the kind of the resource, and update where that writes over one" },
      handle: async ({ resource, replace }, call) => {
        await deps.checkResource(resource, replace, call);
        return {};
      },
    },
  };
}

function demandExplanation({ caller }: Call, user: string): void {
  if (caller.kind === "user" && caller.name === user) return;
  if (caller.permissions.check("user", ["read"]).allow && caller.permissions.check("role", ["read"]).allow)
    return;
  throw new AppError("ACCESS_DENIED", "access denied to explain the access of somebody else");
}

async function explain(deps: ExplainDeps, question: Question, call: Call): Promise<AccessExplanation> {
  const verb = parseVerb(question.verb);
  if (question.kind === "") throw new AppError("BAD_PARAMETER", "the kind is missing");
  const user = await deps.userOf(question.user);
  if (user === undefined) {
    throw new AppError("NOT_FOUND", `user ${JSON.stringify(question.user)} is not there`);
  }
  const subject = question.name === "" ? undefined : await visibleSubject(deps, question, call);
  const { roles } = await deps.roles.getAll(user.roles);
  return explainAccess(
    withImplicitRole(roles),
    { name: question.user, roles: user.roles, traits: user.traits },
    verb,
    question.kind,
    subject,
  );
}

/**
 * Who may not read the resource is answered as if all that is known of it were its name: otherwise everybody could
 * find out which names there are, and those of join tokens are secrets.
 */
async function visibleSubject(
  deps: ExplainDeps,
  { kind, name }: Question,
  { caller }: Call,
): Promise<RuleSubject> {
  const found = await deps.subjectOf(kind, name);
  if (found !== undefined && caller.permissions.check(kind, ["read"], found).allow) return found;
  if (found === undefined && caller.permissions.check(kind, ["read"]).allow) {
    throw new AppError("NOT_FOUND", `${kind} ${JSON.stringify(name)} is not there`);
  }
  return { kind, metadata: { name } };
}

function parseVerb(text: string): Verb {
  const verb = verbs.find((known) => known === text);
  if (verb !== undefined) return verb;
  const near = nearestName(text, verbs);
  const hint = near === undefined ? `known verbs: ${verbs.join(", ")}` : `did you mean ${near}?`;
  throw new AppError("BAD_PARAMETER", `there is no verb ${JSON.stringify(text)}; ${hint}`);
}

const placeOf = (rule: ConsideredRule) => `spec.${rule.side}.rules[${rule.number - 1}]`;

function describeOutcome(rule: ConsideredRule): string {
  switch (rule.outcome) {
    case "matches":
      return rule.where === ""
        ? "it names kind and verb"
        : `it names kind and verb, and ${rule.where} is true`;
    case "other verb":
      return `it is about ${rule.verbs.join(", ")}`;
    case "where is false":
      return `${rule.where} is false`;
    case "where failed":
    case "where does not parse":
      return `${rule.outcome}: ${rule.detail}`;
  }
}
