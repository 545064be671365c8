import { AppError } from "@sallyport/api";
import type {
  AccessRequestHistoryService,
  ListAccessRequestHistoryRequest,
} from "@sallyport/api/gen/sallyport/accessrequests/v1/access_request_history_service_pb.js";
import { encodePage, MAX_PAGE_BYTES, type RpcTable, readSearchWords, readTime } from "../../rpc/index.ts";
import type { AccessRequestDeps } from "../deps.ts";
import { explainAccessRequest } from "../explaining/explain-request.ts";
import { readResourceId, readState } from "../wire/read-request.ts";
import { writeExplanation } from "../wire/write-explanation.ts";
import { type HistoryListing, listHistory } from "./store.ts";

/** Our own service: what became of requests that are gone, and why a decision is what it is. */
export function accessRequestHistoryRpcs(
  deps: AccessRequestDeps,
): RpcTable<typeof AccessRequestHistoryService> {
  return {
    listAccessRequestHistory: {
      access: { kind: "access_request", verbs: ["list", "read"] },
      handle: async (message) => {
        const page = await listHistory(deps.backend, readHistoryListing(message));
        return encodePage(1, page.items, 2, page.nextToken);
      },
    },
    explainAccessRequest: {
      access: { decidedBy: "own capabilities, or rules on users and roles" },
      handle: async (message, call) => {
        const { user, roles, requestId, reviewer } = message;
        const resourceIds = message.resourceIds.map(readResourceId);
        const wish = { user, roles, resourceIds, requestId, reviewer };
        return writeExplanation(await explainAccessRequest(deps, wish, call), reviewer);
      },
    },
  };
}

function readHistoryListing(message: ListAccessRequestHistoryRequest): HistoryListing {
  if (message.pageSize < 0) throw new AppError("BAD_PARAMETER", "page_size is negative");
  return {
    filter: {
      user: message.user,
      state: readState(message.state),
      from: readTime(message.from),
      to: readTime(message.to),
      words: readSearchWords(message.search.split(/\s+/).filter((word) => word !== "")),
    },
    limit: message.pageSize,
    token: message.pageToken,
    maxBytes: MAX_PAGE_BYTES,
  };
}
