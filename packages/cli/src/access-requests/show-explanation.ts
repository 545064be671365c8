import type { ExplainAccessRequestResponse } from "@sallyport/api";
import { plainText } from "../terminal/plain-text.ts";
import { formatTable } from "../terminal/table.ts";

/** The explanation without what belongs to the message format. */
export function explanationValue(answer: ExplainAccessRequestResponse) {
  return {
    allowed: answer.allowed,
    lines: answer.lines.map(({ subject, allowed, because, role, path }) => ({
      subject,
      allowed,
      because,
      role,
      path,
    })),
    thresholds: answer.thresholds.map(({ role, sets, approvals, denials, needed }) => ({
      role,
      approvals,
      denials,
      needed,
      sets: sets.map((set) => ({
        role: set.role,
        thresholds: set.thresholds.map(({ name, filter, approve, deny, approvals: yes, denials: no }) => ({
          name,
          filter,
          approve,
          deny,
          approvals: yes,
          denials: no,
        })),
      })),
    })),
  };
}

/** The verdict, the steps that lead to it, and how the thresholds stand. */
export function formatExplanation(answer: ExplainAccessRequestResponse): string {
  const rows = answer.lines.map((line) => [
    line.allowed ? "yes" : "no",
    line.subject,
    line.because,
    [line.role, line.path].filter((part) => part !== "").join(": "),
  ]);
  const steps = formatTable(
    { headers: ["Allowed", "Subject", "Because", "By"], rows },
    Number.POSITIVE_INFINITY,
  );
  const standing = formatThresholds(answer);
  return `${answer.allowed ? "yes" : "no"}\n\n${steps}${standing === "" ? "" : `\n${standing}`}`;
}

function formatThresholds({ thresholds }: ExplainAccessRequestResponse): string {
  if (thresholds.length === 0) return "";
  const rows = thresholds.flatMap((standing) =>
    standing.sets.flatMap((set) =>
      set.thresholds.map((one) => [
        standing.role,
        set.role,
        one.name === "" ? "default" : one.name,
        one.filter,
        `${one.approvals}/${one.approve}`,
        `${one.denials}/${one.deny}`,
      ]),
    ),
  );
  const headers = ["Role", "Threshold of", "Name", "Who counts", "Approvals", "Denials"];
  const needs = thresholds.map(({ role, needed }) => `${role} ${describeNeed(needed)}`);
  return `${formatTable({ headers, rows }, Number.POSITIVE_INFINITY)}\n${needs.map(plainText).join("\n")}\n`;
}

/** As the service says that reviews alone never approve it: a threshold of 0 is never reached. */
const NEVER = 0xffff_ffff;

function describeNeed(needed: number): string {
  if (needed === NEVER) return "is approved by no number of reviews: a threshold of 0 is never reached";
  return needed === 0 ? "needs no further approval" : `needs ${needed} more`;
}
