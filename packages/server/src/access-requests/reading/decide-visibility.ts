import { type AccessRequest, type RequestState, requestStates } from "../access-request.ts";
import {
  decideReviewPermission,
  hasReviewDirectives,
  type Reviewer,
} from "../reviewing/review-permission.ts";
import { type Refusal, refuse } from "../verdict.ts";

/** What the caller's rules say about list and read; `explicit` = a deny rule says no. */
export interface ReadVerdict {
  readonly allow: boolean;
  readonly explicit?: boolean;
}

/** Which requests somebody sees. */
export type Sight =
  | { readonly of: "all" }
  | { readonly of: "own"; readonly user: string }
  | { readonly of: "own-and-reviewable"; readonly reviewer: Reviewer };

/** A deny rule takes away even one's own; without any rule one sees one's own and what one may review. */
export function decideSight(verdict: ReadVerdict, reviewer: Reviewer, filterUser: string): Sight | Refusal {
  if (verdict.allow) return { of: "all" };
  if (verdict.explicit) return refuse("ACCESS_DENIED", "access denied to list access requests");
  if (filterUser === reviewer.name || !hasReviewDirectives(reviewer))
    return { of: "own", user: reviewer.name };
  return { of: "own-and-reviewable", reviewer };
}

export function isInSight(sight: Sight, request: AccessRequest): boolean {
  if (sight.of === "all") return true;
  if (sight.of === "own") return request.user === sight.user;
  return request.user === sight.reviewer.name || decideReviewPermission(sight.reviewer, request).allow;
}

export const requestScopes = ["DEFAULT", "MY_REQUESTS", "NEEDS_REVIEW", "REVIEWED"] as const;
export type RequestScope = (typeof requestScopes)[number];

/** Which of the requests in sight are wanted. Empty values mean any. */
export interface RequestFilter {
  readonly id: string;
  readonly user: string;
  readonly state: RequestState;
  readonly searchKeywords: readonly string[];
  readonly scope: RequestScope;
  /** Whose view the scope is; set by the server. */
  readonly requester: string;
}

export const anyRequest: RequestFilter = {
  id: "",
  user: "",
  state: "NONE",
  searchKeywords: [],
  scope: "DEFAULT",
  requester: "",
};

export function matchesFilter(filter: RequestFilter, request: AccessRequest): boolean {
  return (
    (filter.id === "" || filter.id === request.id) &&
    (filter.user === "" || filter.user === request.user) &&
    (filter.state === "NONE" || filter.state === request.state) &&
    isInScope(filter, request) &&
    matchesSearch(filter.searchKeywords, request)
  );
}

function isInScope({ scope, requester }: RequestFilter, request: AccessRequest): boolean {
  const own = request.user === requester;
  const reviewed = request.reviews.some(({ author }) => author === requester);
  if (scope === "MY_REQUESTS") return own;
  if (scope === "NEEDS_REVIEW") return !own && !reviewed && request.state === "PENDING";
  return scope === "DEFAULT" || reviewed;
}

/** Every keyword must be found in one of the fields, whatever its case. */
function matchesSearch(keywords: readonly string[], request: AccessRequest): boolean {
  if (keywords.length === 0) return true;
  const labels = Object.entries(request.labels).flat();
  const resources = request.resourceIds.map(({ name }) => name);
  const fields = [request.id, request.user, ...request.roles, ...labels, ...resources];
  const texts = fields.map((field) => field.toLowerCase());
  return keywords.every((word) => texts.some((text) => text.includes(word.toLowerCase())));
}

/** Keys that a watch on access requests may filter by. */
const watchKeys = ["id", "user", "state"];

/** The filter of a watch; a key or state that is not known is refused. */
export function parseWatchFilter(filter: Readonly<Record<string, string>>): RequestFilter | Refusal {
  const unknown = Object.keys(filter).find((name) => !watchKeys.includes(name));
  if (unknown !== undefined) {
    return refuse("BAD_PARAMETER", `access requests cannot be watched by "${unknown}", only by ${watchKeys}`);
  }
  const state = requestStates.find((name) => name === (filter.state || "NONE"));
  if (state === undefined) return refuse("BAD_PARAMETER", `"${filter.state}" is not a request state`);
  return { ...anyRequest, id: filter.id ?? "", user: filter.user ?? "", state };
}

/** Own requests can always be watched; all others need the rule, and reviewers are no exception. */
export function decideWatch(
  verdict: ReadVerdict,
  filter: Pick<RequestFilter, "user">,
  userName: string,
): boolean {
  return verdict.allow || (userName !== "" && filter.user === userName);
}
