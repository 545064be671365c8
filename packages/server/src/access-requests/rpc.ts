import { create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import { AccessReviewSchema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import {
  type Call,
  Encoded,
  encodePage,
  MAX_PAGE_BYTES,
  type RpcPart,
  readTime,
  wholeAnswer,
} from "../rpc/index.ts";
import { createRequest } from "./create-request.ts";
import { deleteRequest } from "./delete-request.ts";
import type { AccessRequestDeps } from "./deps.ts";
import { getCapabilities } from "./explaining/get-capabilities.ts";
import { pluginDataRpcs } from "./plugin-data/rpc.ts";
import { anyRequest, type RequestFilter } from "./reading/decide-visibility.ts";
import { findSight } from "./reading/find-sight.ts";
import { findRequest, listRequests, MAX_PAGE, type RequestListing } from "./reading/list-requests.ts";
import { setRequestState } from "./set-request-state.ts";
import { requestNotFound } from "./storing/change-request.ts";
import { submitReview } from "./submit-review.ts";
import { readFilter, readListing } from "./wire/read-listing.ts";
import { readChosenId, readResourceId, readReview, readState, readWish } from "./wire/read-request.ts";
import { readTraits } from "./wire/traits.ts";

type ReadMethods =
  | "getAccessRequests"
  | "getAccessRequestsV2"
  | "listAccessRequests"
  | "getAccessCapabilities"
  | "getAccessRequestAllowedPromotions";
type WriteMethods =
  | "createAccessRequest"
  | "createAccessRequestV2"
  | "setAccessRequestState"
  | "submitAccessReview"
  | "deleteAccessRequest";
type PluginDataMethods = "getPluginData" | "updatePluginData";

export function accessRequestRpcs(
  deps: AccessRequestDeps,
): RpcPart<typeof AuthService, ReadMethods | WriteMethods | PluginDataMethods> {
  return { ...readingRpcs(deps), ...writingRpcs(deps), ...pluginDataRpcs(deps) };
}

const inSight = { decidedBy: "own, reviewable or readable access requests" } as const;

function readingRpcs(deps: AccessRequestDeps): RpcPart<typeof AuthService, ReadMethods> {
  return {
    getAccessRequests: {
      access: inSight,
      handle: async (message, call) => {
        const filter = readFilter(message, call.caller.name);
        return encodePage(1, await inOneAnswer(allRequests(deps, filter, call)));
      },
    },
    getAccessRequestsV2: {
      access: inSight,
      handle: async function* (message, call) {
        const filter = readFilter(message, call.caller.name);
        for await (const item of allRequests(deps, filter, call)) yield new Encoded(item);
      },
    },
    listAccessRequests: {
      access: inSight,
      handle: async (message, call) => {
        const listing = readListing(message, call.caller.name);
        const sight = await findSight(deps, call.caller, listing.filter.user);
        const page = await listRequests(deps.backend, sight, listing, call);
        return encodePage(1, page.items, 2, page.nextKey);
      },
    },
    getAccessCapabilities: {
      access: { decidedBy: "own capabilities, or rules on users and roles" },
      handle: async (message, call) => {
        const wish = {
          requestableRoles: message.RequestableRoles,
          suggestedReviewers: message.SuggestedReviewers,
          resourceIds: message.ResourceIDs.map(readResourceId),
          login: message.Login,
          filterByResource: message.FilterRequestableRolesByResource,
        };
        const found = await getCapabilities(deps, message.User, wish, call);
        return {
          RequestableRoles: [...found.requestableRoles],
          SuggestedReviewers: [...found.suggestedReviewers],
          ApplicableRolesForResources: [...found.applicableRoles],
          RequestPrompt: found.requestPrompt,
          RequireReason: found.requireReason,
          AutoRequest: found.autoRequest,
        };
      },
    },
    getAccessRequestAllowedPromotions: {
      access: inSight,
      handle: async ({ accessRequestID: id }, call) => {
        const sight = await findSight(deps, call.caller, "");
        const found = id === "" ? undefined : await findRequest(deps.backend, sight, { ...anyRequest, id });
        if (found === undefined) throw requestNotFound(id);
        return { allowedPromotions: { promotions: [] } };
      },
    },
  };
}

/** For clients that know no pages: all, or the word that there are too many. */
const inOneAnswer = (requests: AsyncIterable<Uint8Array>) =>
  wholeAnswer("requests", "filter them, or list them page by page with ListAccessRequests", requests);

/** Every request in sight, page by page. */
async function* allRequests(
  deps: AccessRequestDeps,
  filter: RequestFilter,
  call: Call,
): AsyncGenerator<Uint8Array> {
  const sight = await findSight(deps, call.caller, filter.user);
  const listing: RequestListing = {
    filter,
    sort: "DEFAULT",
    descending: false,
    limit: MAX_PAGE,
    startKey: "",
    maxBytes: MAX_PAGE_BYTES,
  };
  let startKey = "";
  do {
    const page = await listRequests(deps.backend, sight, { ...listing, startKey }, call);
    yield* page.items;
    startKey = page.nextKey;
  } while (startKey !== "");
}

function writingRpcs(deps: AccessRequestDeps): RpcPart<typeof AuthService, WriteMethods> {
  return {
    createAccessRequest: {
      access: { decidedBy: "own access request, or the create rule" },
      audit: ["access_request.create"],
      handle: async (message, call) => {
        // The answer is empty, so such a client finds its request only under the id that it chose.
        await createRequest(deps, readWish(message), call, readChosenId(message));
        return {};
      },
    },
    createAccessRequestV2: {
      access: { decidedBy: "own access request, or the create rule" },
      audit: ["access_request.create"],
      handle: async (message, call) =>
        new Encoded((await createRequest(deps, readWish(message), call)).bytes),
    },
    setAccessRequestState: {
      access: { kind: "access_request", verbs: ["update"] },
      audit: ["access_request.update"],
      handle: async (message, call) => {
        const change = {
          state: readState(message.State),
          reason: message.Reason,
          annotations: readTraits(message.Annotations),
          roles: message.Roles,
          assumeStartAt: readTime(message.AssumeStartTime),
        };
        const delegator = message.Delegator === "" ? call.delegator : message.Delegator;
        await setRequestState(deps, message.ID, change, delegator, call);
        return {};
      },
    },
    submitAccessReview: {
      access: { decidedBy: "may review the access request" },
      audit: ["access_request.review"],
      handle: async ({ RequestID, Review }, call) => {
        const review = readReview(Review ?? create(AccessReviewSchema));
        return new Encoded((await submitReview(deps, RequestID, review, call)).bytes);
      },
    },
    deleteAccessRequest: {
      access: { kind: "access_request", verbs: ["delete"] },
      audit: ["access_request.delete"],
      handle: async ({ ID }, call) => {
        if (ID === "") throw new AppError("BAD_PARAMETER", "the id of the access request is missing");
        await deleteRequest(deps, ID, call);
        return {};
      },
    },
  };
}
