import { isAppError } from "@sallyport/api";
import type { AttributeValues } from "../../expressions/index.ts";
import { attributes } from "../attributes/attribute-types.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { WorkloadCondition, WorkloadIdentity, WorkloadRule } from "../workload-identity.ts";

const MAX_SHOWN = 5;

/** Whether one of the rules is met; without rules every workload may. What cannot be evaluated is not met. */
export function decideRules(
  { name, rules }: Pick<WorkloadIdentity, "name" | "rules">,
  values: AttributeValues,
): { readonly allow: true } | Refusal {
  const failures: string[] = [];
  for (const [index, rule] of rules.entries()) {
    const failure = failureOf(rule, values);
    if (failure === undefined) return { allow: true };
    failures.push(`rule ${index + 1}: ${failure}`);
  }
  if (rules.length === 0) return { allow: true };
  const left = failures.length - MAX_SHOWN;
  const said = [...failures.slice(0, MAX_SHOWN), ...(left > 0 ? [`and ${left} more`] : [])].join("; ");
  return refuse("ACCESS_DENIED", `workload identity ${JSON.stringify(name)}: no rule is met: ${said}`);
}

function failureOf({ conditions, expression }: WorkloadRule, values: AttributeValues): string | undefined {
  return orWords(() => {
    if (expression !== "") {
      return attributes.parseCondition(expression).evaluate(values) ? undefined : "the expression is false";
    }
    if (conditions.length === 0) return "it has no conditions";
    return conditions
      .map((condition) => problemOf(condition, values))
      .find((problem) => problem !== undefined);
  });
}

function problemOf({ attribute, operator, values: wanted }: WorkloadCondition, values: AttributeValues) {
  const value = attributes.parseAttribute(attribute).read(values);
  const isOne = wanted.includes(value);
  switch (operator) {
    case "eq":
    case "in":
      return isOne ? undefined : `${attribute} is ${JSON.stringify(value)}, which is not what it wants`;
    case "not_eq":
    case "not_in":
      return isOne ? `${attribute} is ${JSON.stringify(value)}, which it excludes` : undefined;
    case undefined:
      return `${attribute} is compared in a way that this service does not know`;
  }
}

function orWords(evaluate: () => string | undefined): string | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (isAppError(error)) return error.message;
    throw error;
  }
}
