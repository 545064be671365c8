import type { Traits } from "@sallyport/api";
import type { PromotedAccessList, RequestState } from "../access-request.ts";
import {
  formatResourceId,
  isRequestableKind,
  isWhole,
  parseResourceId,
  type ResourceId,
  wholeForm,
} from "../resource-id.ts";
import { type Refusal, refuse } from "../verdict.ts";

/** What a client may say about a new request; all else is the server's. */
export interface AccessRequestWish {
  readonly user: string;
  readonly roles: readonly string[];
  readonly resourceIds: readonly ResourceId[];
  readonly state: RequestState;
  readonly requestReason: string;
  readonly resolveReason: string;
  readonly resolveAnnotations: Traits;
  readonly suggestedReviewers: readonly string[];
  readonly promotedTo: PromotedAccessList | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly loginHint: string;
  readonly dryRun: boolean;
  readonly accessExpiresAt: number | undefined;
  readonly expiresAt: number | undefined;
  readonly maxDurationAt: number | undefined;
  readonly assumeStartAt: number | undefined;
}

const MAX_REASON_BYTES = 4096;
const MAX_RESOURCES = 300;
const MAX_RESOURCE_TEXT = 2048;
const MAX_ROLES = 1000;
const MAX_REVIEWERS = 1000;
/** What is said in free form, together. Requests go to everybody who watches, so they stay small (threat 9). */
const MAX_SAID_BYTES = 65_536;

/** Refuses lists that are too long to be looked up, or put in order, at all. Asked before anything else (threat 9). */
export function checkLengths({
  roles,
  resourceIds,
}: Partial<Pick<AccessRequestWish, "roles" | "resourceIds">>): Refusal | undefined {
  if ((roles?.length ?? 0) > MAX_ROLES) {
    return refuse("BAD_PARAMETER", `spec.roles has more than ${MAX_ROLES} names`);
  }
  return (resourceIds?.length ?? 0) > MAX_RESOURCES
    ? refuse("BAD_PARAMETER", `a request can name at most ${MAX_RESOURCES} resources`)
    : undefined;
}

/** The wish with its lists in order, or what is wrong with its form. */
export function checkWish(wish: AccessRequestWish): AccessRequestWish | Refusal {
  const tooLong = checkLengths(wish);
  if (tooLong !== undefined) return tooLong;
  const tidy = { ...wish, roles: sortedUnique(wish.roles), resourceIds: uniqueResources(wish.resourceIds) };
  return checkSubject(tidy) ?? checkAnswer(tidy) ?? checkResources(tidy) ?? tidy;
}

export function checkReason(field: string, reason: string): Refusal | undefined {
  if (byteLength(reason) <= MAX_REASON_BYTES) return undefined;
  return refuse("BAD_PARAMETER", `${field} is longer than ${MAX_REASON_BYTES} bytes`);
}

/** Refuses free text and lists that are too long to be sent around. */
export function checkSaid(field: string, said: unknown): Refusal | undefined {
  if (byteLength(JSON.stringify(said)) <= MAX_SAID_BYTES) return undefined;
  return refuse("BAD_PARAMETER", `${field}: more than ${MAX_SAID_BYTES} bytes`);
}

function checkSubject(wish: AccessRequestWish): Refusal | undefined {
  if (wish.user === "") return refuse("BAD_PARAMETER", "spec.user is missing: whose request is it?");
  if (wish.roles.length === 0 && wish.resourceIds.length === 0) {
    return refuse("BAD_PARAMETER", "name at least one role or resource");
  }
  if (wish.roles.includes("")) return refuse("BAD_PARAMETER", "spec.roles has an empty name");
  if (wish.suggestedReviewers.length > MAX_REVIEWERS) {
    return refuse("BAD_PARAMETER", `spec.suggested_reviewers has more than ${MAX_REVIEWERS} names`);
  }
  return (
    checkSaid("labels, suggested reviewers and login hint", [
      wish.labels,
      wish.suggestedReviewers,
      wish.loginHint,
    ]) ??
    checkSaid("spec.resolve_annotations", wish.resolveAnnotations) ??
    checkReason("spec.request_reason", wish.requestReason) ??
    checkReason("spec.resolve_reason", wish.resolveReason)
  );
}

/** A request that nobody answered yet carries no answer. */
function checkAnswer(wish: AccessRequestWish): Refusal | undefined {
  if (wish.state === "PROMOTED") {
    return refuse("BAD_PARAMETER", "a request cannot be created as promoted: promote it in a review");
  }
  if (wish.promotedTo !== undefined) {
    return refuse("BAD_PARAMETER", "spec.access_list belongs to promoted requests only");
  }
  if (!isPending(wish)) return undefined;
  if (wish.resolveReason !== "") return refuse("BAD_PARAMETER", "a pending request has no resolve_reason");
  if (Object.keys(wish.resolveAnnotations).length > 0) {
    return refuse("BAD_PARAMETER", "a pending request has no resolve_annotations");
  }
  return undefined;
}

function checkResources({ resourceIds }: AccessRequestWish): Refusal | undefined {
  const unknown = resourceIds.find((id) => !isRequestableKind(id.kind));
  if (unknown !== undefined) {
    return refuse("BAD_PARAMETER", `resources of kind "${unknown.kind}" cannot be requested`);
  }
  if (resourceIds.some((id) => id.name === "")) return refuse("BAD_PARAMETER", "a resource id has no name");
  const length = resourceIds.reduce((sum, id) => sum + byteLength(formatResourceId(id)), 0);
  if (length > MAX_RESOURCE_TEXT) {
    return refuse("BAD_PARAMETER", `the resource ids are longer than ${MAX_RESOURCE_TEXT} bytes together`);
  }
  const partial = resourceIds.find((id) => !isWhole(id));
  if (partial === undefined) return undefined;
  const shown = JSON.stringify(formatResourceId(partial));
  return refuse("BAD_PARAMETER", `${shown} is not whole: ${wholeForm(partial.kind)}`);
}

export function isPending(wish: Pick<AccessRequestWish, "state">): boolean {
  return wish.state === "NONE" || wish.state === "PENDING";
}

export function sortedUnique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

function uniqueResources(ids: readonly ResourceId[]): readonly ResourceId[] {
  return [...new Map(ids.map((id) => [formatResourceId(id), asItReads(id)])).values()];
}

/** Reviewers and certificates know the text of an id alone: however it was put into fields, it means what that says. */
function asItReads(id: ResourceId): ResourceId {
  const read = parseResourceId(formatResourceId(id));
  return id.name !== "" && read?.cluster === id.cluster && read.kind === id.kind ? read : id;
}

const encoder = new TextEncoder();

function byteLength(text: string): number {
  return encoder.encode(text).length;
}
