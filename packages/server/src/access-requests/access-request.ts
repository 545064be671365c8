import type { Traits } from "@sallyport/api";
import type { ReviewThreshold } from "../roles/index.ts";
import type { ResourceId } from "./resource-id.ts";

export const requestStates = ["NONE", "PENDING", "APPROVED", "DENIED", "PROMOTED"] as const;
export type RequestState = (typeof requestStates)[number];

/** A wish to hold more roles for a while. Instants are milliseconds since 1970; undefined = not set. */
export interface AccessRequest {
  /** UUIDv7, chosen by the server. */
  readonly id: string;
  readonly user: string;
  readonly roles: readonly string[];
  readonly resourceIds: readonly ResourceId[];
  readonly state: RequestState;
  readonly createdAt: number;
  /** When the access ends (`spec.expires`). Nothing that happens to a request moves it later. */
  readonly accessExpiresAt: number;
  /** When the request itself goes away (`spec.resource_expiry`). */
  readonly expiresAt: number;
  readonly maxDurationAt: number | undefined;
  readonly sessionTtlAt: number | undefined;
  readonly assumeStartAt: number | undefined;
  /** Set where the access window counts from the approval; `accessExpiresAt` is its latest end until then. */
  readonly accessDurationMs: number | undefined;
  readonly requestReason: string;
  readonly resolveReason: string;
  readonly resolveAnnotations: Traits;
  readonly systemAnnotations: Traits;
  readonly suggestedReviewers: readonly string[];
  readonly thresholds: readonly ReviewThreshold[];
  /** Requested role → sets of threshold indexes: one of each set must be met, for every role. */
  readonly roleThresholds: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly reviews: readonly AccessReview[];
  readonly promotedTo: PromotedAccessList | undefined;
  readonly loginHint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly dryRun: DryRun | undefined;
  readonly revision: string;
  /** The stored bytes it was read from, so that fields that this version does not know survive a change. */
  readonly source: Uint8Array | undefined;
}

export interface AccessReview {
  readonly author: string;
  readonly roles: readonly string[];
  readonly proposedState: RequestState;
  readonly reason: string;
  readonly createdAt: number;
  readonly annotations: Traits;
  /** Which of the request's thresholds this review counts for. */
  readonly thresholdIndexes: readonly number[];
  readonly assumeStartAt: number | undefined;
  readonly promotedTo: PromotedAccessList | undefined;
}

export interface PromotedAccessList {
  readonly name: string;
  readonly title: string;
}

/** A request that is only tried out carries what the user would be asked for. */
export interface DryRun {
  readonly reasonMode: "optional" | "required";
  readonly reasonPrompts: readonly string[];
}

export function isResolved(state: RequestState): boolean {
  return state === "APPROVED" || state === "DENIED" || state === "PROMOTED";
}

/** The roles that were asked for, also after an approval that granted fewer. */
export function originalRoles(request: AccessRequest): readonly string[] {
  const asked = Object.keys(request.roleThresholds);
  return asked.length === 0 ? request.roles : asked.sort();
}
