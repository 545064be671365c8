import { AppError } from "@sallyport/api";
import type { ListAccessRequestsRequest } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import type { AccessRequestFilter } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { MAX_PAGE_BYTES, readSearchWords } from "../../rpc/index.ts";
import { anyRequest, type RequestFilter, requestScopes } from "../reading/decide-visibility.ts";
import { type RequestListing, requestSorts } from "../reading/list-requests.ts";
import { readSentState } from "./read-request.ts";

/** `requester` is whose view the scope is: always the caller, whatever was sent. */
export function readFilter(filter: AccessRequestFilter | undefined, requester: string): RequestFilter {
  if (filter === undefined) return { ...anyRequest, requester };
  const scope = requestScopes[filter.Scope];
  if (scope === undefined) throw new AppError("BAD_PARAMETER", `scope ${filter.Scope} is not known`);
  return {
    id: filter.ID,
    user: filter.User,
    state: readSentState(filter.State),
    searchKeywords: readSearchWords(filter.SearchKeywords),
    scope,
    requester,
  };
}

export function readListing(message: ListAccessRequestsRequest, requester: string): RequestListing {
  const sort = requestSorts[message.Sort];
  if (sort === undefined) throw new AppError("BAD_PARAMETER", `sort order ${message.Sort} is not known`);
  return {
    filter: readFilter(message.Filter, requester),
    sort,
    descending: message.Descending,
    limit: message.Limit,
    startKey: message.StartKey,
    maxBytes: MAX_PAGE_BYTES,
  };
}
