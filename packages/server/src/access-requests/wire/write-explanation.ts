import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ExplainAccessRequestResponseSchema,
  ExplainedThresholdSchema,
  ExplanationLineSchema,
} from "@sallyport/api/gen/sallyport/accessrequests/v1/access_request_history_service_pb.js";
import type { RoleVerdict } from "../asking/requestable-roles.ts";
import { approvalsNeeded, type ReviewExplanation, type ThresholdStanding } from "../explaining/explain.ts";
import type { Explanation } from "../explaining/explain-request.ts";

type Line = MessageInitShape<typeof ExplanationLineSchema>;

/** Stands for "can never be reached". */
const NEVER = 0xffff_ffff;

export function writeExplanation(
  explanation: Explanation,
  reviewer: string,
): MessageInitShape<typeof ExplainAccessRequestResponseSchema> {
  const { allow, because, roles, review } = explanation;
  const lines = Object.entries(roles).flatMap(([role, verdict]) => roleLines(role, verdict));
  const refusal = allow ? [] : [{ subject: "request", allowed: false, because }];
  return {
    allowed: allow && (review === undefined || review.allow),
    lines: [...refusal, ...lines, ...(review === undefined ? [] : reviewLines(reviewer, review))],
    thresholds: writeThresholds(explanation),
  };
}

function roleLines(subject: string, { allow, by }: RoleVerdict): readonly Line[] {
  if (by.length === 0) return [{ subject, allowed: allow, because: "no role allows it" }];
  const says = allow ? "allows" : "forbids";
  return by.map(({ role, path, text }) => ({
    subject,
    allowed: allow,
    because: `${role} ${says} ${text}`,
    role,
    path,
  }));
}

function reviewLines(reviewer: string, review: ReviewExplanation): readonly Line[] {
  const subject = `review by ${reviewer}`;
  const { allow, own, by, missing, heldBack, hindrance } = review;
  if (own) return [{ subject, allowed: false, because: "nobody can review their own access request" }];
  const lacking = missing.map((role) => ({
    subject,
    allowed: false,
    because: `no role lets them review requests for ${role}`,
  }));
  const unmet = heldBack.map(({ role, path, text }) => ({
    subject,
    allowed: false,
    because: `${role} would, but this does not hold: ${text}`,
    role,
    path,
  }));
  const isForbidden = !allow && missing.length === 0 && hindrance === undefined;
  const found = by.map(({ role, path, text }) => ({
    subject,
    allowed: !isForbidden,
    because: `${role} ${isForbidden ? "forbids" : "allows"} ${text}`,
    role,
    path,
  }));
  const hindered = hindrance === undefined ? [] : [{ subject, allowed: false, because: hindrance }];
  return [...hindered, ...lacking, ...unmet, ...found];
}

function writeThresholds({
  thresholds,
  setsFrom,
}: Explanation): MessageInitShape<typeof ExplainedThresholdSchema>[] {
  const byRole = Map.groupBy(thresholds, ({ role }) => role);
  return [...byRole].map(([role, standings]) => ({
    role,
    sets: writeSets(standings, setsFrom[role] ?? []),
    approvals: Math.max(0, ...standings.map(({ approvals }) => approvals)),
    denials: Math.max(0, ...standings.map(({ denials }) => denials)),
    needed: approvalsNeeded(standings) ?? NEVER,
  }));
}

function writeSets(standings: readonly ThresholdStanding[], from: readonly string[]) {
  const sets = Map.groupBy(standings, ({ set }) => set);
  return [...sets].map(([set, alternatives]) => ({
    role: from[set] ?? "",
    thresholds: alternatives.map(({ name, filter, approve, deny, approvals, denials }) => ({
      name,
      filter,
      approve,
      deny,
      approvals,
      denials,
    })),
  }));
}
