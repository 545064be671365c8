import type { ReviewThreshold } from "../../roles/index.ts";
import type { AccessRequest } from "../access-request.ts";
import { type Refusal, refuse } from "../verdict.ts";
import { letsAskFor, type RequestPolicy } from "./request-policy.ts";

const MAX_THRESHOLDS = 4096;

/** Holds where a role lets its holders ask and says nothing about reviews. */
const defaultThresholds: readonly ReviewThreshold[] = [{ name: "default", filter: "", approve: 1, deny: 1 }];

export type AttachedThresholds = Pick<AccessRequest, "thresholds" | "roleThresholds">;

/** Every role of the requester that permits a requested role adds one set of thresholds to it. */
export function attachThresholds(
  policies: readonly RequestPolicy[],
  roles: readonly string[],
): AttachedThresholds | Refusal {
  const thresholds: ReviewThreshold[] = [];
  const known = new Map<RequestPolicy, readonly number[]>();
  const indexes = (policy: RequestPolicy) => {
    const found = known.get(policy) ?? indexesOf(thresholdsOf(policy), thresholds);
    known.set(policy, found);
    return found;
  };
  const sets = (roleName: string) => policies.filter((policy) => letsAskFor(policy, roleName)).map(indexes);
  const roleThresholds = Object.fromEntries(roles.map((name) => [name, sets(name)]));
  if (thresholds.length > MAX_THRESHOLDS) {
    return refuse("LIMIT_EXCEEDED", `a request can have at most ${MAX_THRESHOLDS} review thresholds`);
  }
  return { thresholds, roleThresholds };
}

function thresholdsOf({ allow }: RequestPolicy): readonly ReviewThreshold[] {
  return allow === undefined || allow.thresholds.length === 0 ? defaultThresholds : allow.thresholds;
}

/** Equal thresholds are stored once. */
function indexesOf(wanted: readonly ReviewThreshold[], known: ReviewThreshold[]): number[] {
  const indexes = wanted.map((threshold) => {
    const at = known.findIndex((other) => isSame(other, threshold));
    return at >= 0 ? at : known.push(threshold) - 1;
  });
  return [...new Set(indexes)];
}

function isSame(one: ReviewThreshold, other: ReviewThreshold): boolean {
  return (
    one.name === other.name &&
    one.filter === other.filter &&
    one.approve === other.approve &&
    one.deny === other.deny
  );
}
