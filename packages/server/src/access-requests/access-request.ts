import type { Traits } from "@sallyport/api";
import type { ReviewThreshold } from "../roles/index.ts";

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
  /** When the access ends (`spec.expires`). */
  readonly accessExpiresAt: number;
  /** When an unanswered request goes away (`spec.resource_expiry`). */
  readonly expiresAt: number;
  readonly maxDurationAt: number | undefined;
  readonly sessionTtlAt: number | undefined;
  readonly assumeStartAt: number | undefined;
  readonly requestReason: string;
  readonly resolveReason: string;
  readonly resolveAnnotations: Traits;
  readonly systemAnnotations: Traits;
  readonly suggestedReviewers: readonly string[];
  readonly thresholds: readonly ReviewThreshold[];
  /** Requested role → sets of threshold indexes: one of each set must be met, for every role. */
  readonly roleThresholds: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly reviews: readonly AccessReview[];
  readonly promotedAccessListName: string;
  readonly promotedAccessListTitle: string;
  readonly loginHint: string;
  readonly dryRun: boolean;
  readonly revision: string;
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
}

/** `/<cluster>/<kind>/<name>[/<sub resource>]`. */
export interface ResourceId {
  readonly cluster: string;
  readonly kind: string;
  readonly name: string;
  readonly subResource: string;
}

export const isResolved = (state: RequestState): boolean =>
  state === "APPROVED" || state === "DENIED" || state === "PROMOTED";
