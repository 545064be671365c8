import type { MessageInitShape } from "@bufbuild/protobuf";
import { AccessRequestSort } from "#gen/teleport/legacy/client/proto/authservice_pb.js";
import {
  type AccessRequestFilterSchema,
  AccessRequestScope,
  type AccessRequestV3,
} from "#gen/teleport/legacy/types/types_pb.js";
import { AppError, isAppError } from "../../errors/index.ts";
import { listOf, oneOf } from "../check-arguments.ts";
import { defaultPageSize, eachItem } from "../pages.ts";
import type { CallOptions } from "../rpc-caller.ts";
import type { Services } from "../services.ts";
import { type AccessRequestState, stateToWire } from "./request-state.ts";

const scopes = ["MY_REQUESTS", "NEEDS_REVIEW", "REVIEWED"] as const;
const sorts = ["CREATED", "STATE", "USER"] as const;

/** Which requests to list. What is left out does not matter. */
export interface AccessRequestFilter {
  readonly id?: string | undefined;
  /** Who asked. */
  readonly user?: string | undefined;
  readonly state?: AccessRequestState | undefined;
  /** Each word must be somewhere in the id, user, roles, labels or resources. */
  readonly search?: readonly string[] | undefined;
  /** Seen from the holder of the credentials. */
  readonly scope?: (typeof scopes)[number] | undefined;
}

/** How to list requests. */
export interface AccessRequestListOptions extends CallOptions {
  /** By id where it is left out. Servers of the older methods give their own order. */
  readonly sort?: (typeof sorts)[number] | undefined;
  readonly descending?: boolean | undefined;
  /** Requests in one page; 200 where it is left out. */
  readonly pageSize?: number | undefined;
}

type WireFilter = MessageInitShape<typeof AccessRequestFilterSchema>;

/**
 * Requests, page after page. A server of before 2023 that has no pages gives them as a stream, and one of before 2021
 * all at once.
 */
export async function* listRequests(
  auth: Services["auth"],
  filter: AccessRequestFilter,
  options: AccessRequestListOptions,
): AsyncGenerator<AccessRequestV3, void, undefined> {
  const wire = filterToWire(filter);
  let given = false;
  try {
    for await (const request of listPaged(auth, wire, options)) {
      given = true;
      yield request;
    }
  } catch (error) {
    if (given || !isAppError(error, "NOT_IMPLEMENTED")) throw error;
    yield* listByOlderMethods(auth, wire, options);
  }
}

/** The one request with this id. */
export async function getRequest(
  auth: Services["auth"],
  id: string,
  options: CallOptions,
): Promise<AccessRequestV3> {
  if (typeof id !== "string" || id === "")
    throw new AppError("BAD_PARAMETER", "the id of the access request is missing");
  for await (const request of listRequests(auth, { id }, options)) {
    if (request.Metadata?.Name === id) return request;
  }
  throw new AppError("NOT_FOUND", `access request ${id} is not there`);
}

function listPaged(auth: Services["auth"], Filter: WireFilter, options: AccessRequestListOptions) {
  return eachItem(async (StartKey, Limit) => {
    const page = await auth.listAccessRequests(
      {
        Filter,
        Limit,
        StartKey,
        Sort: AccessRequestSort[
          options.sort === undefined ? "DEFAULT" : oneOf(sorts, options.sort, "the order")
        ],
        Descending: options.descending ?? false,
      },
      options,
    );
    return { items: page.AccessRequests, nextKey: page.NextKey };
  }, options.pageSize ?? defaultPageSize);
}

async function* listByOlderMethods(auth: Services["auth"], filter: WireFilter, options: CallOptions) {
  let given = false;
  try {
    for await (const request of auth.getAccessRequestsV2(filter, options)) {
      given = true;
      yield request;
    }
  } catch (error) {
    if (given || !isAppError(error, "NOT_IMPLEMENTED")) throw error;
    const { AccessRequests } = await auth.getAccessRequests(filter, options);
    yield* AccessRequests;
  }
}

function filterToWire(filter: AccessRequestFilter): WireFilter {
  return {
    ID: filter.id ?? "",
    User: filter.user ?? "",
    State: stateToWire(filter.state),
    SearchKeywords: listOf(filter.search, "search"),
    Scope:
      AccessRequestScope[filter.scope === undefined ? "DEFAULT" : oneOf(scopes, filter.scope, "the scope")],
  };
}
