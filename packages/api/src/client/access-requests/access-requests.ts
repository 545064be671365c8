import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  AccessRequestRecord,
  ExplainAccessRequestRequestSchema,
  ExplainAccessRequestResponse,
} from "#gen/sallyport/accessrequests/v1/access_request_history_service_pb.js";
import type {
  AccessCapabilities,
  AccessCapabilitiesRequestSchema,
  AccessRequestV3,
} from "#gen/teleport/legacy/types/types_pb.js";
import { isAppError } from "../../errors/index.ts";
import { listOf } from "../check-arguments.ts";
import { defaultPageSize, eachItem } from "../pages.ts";
import type { CallOptions } from "../rpc-caller.ts";
import type { Services } from "../services.ts";
import { timestampOf } from "../wire-time.ts";
import {
  type AccessRequestAnswer,
  type AccessReviewWish,
  annotationsToWire,
  type ResolvedState,
  reviewToWire,
} from "./answer.ts";
import {
  type AccessRequestFilter,
  type AccessRequestListOptions,
  getRequest,
  listRequests,
} from "./list-requests.ts";
import { type NewAccessRequest, newRequestMessage } from "./new-request.ts";
import { type AccessRequestState, stateToWire } from "./request-state.ts";

/** Which ended requests to list. Times are instants in milliseconds since 1970. */
export interface AccessRequestHistoryFilter {
  readonly user?: string | undefined;
  readonly state?: AccessRequestState | undefined;
  /** Ended then or later. */
  readonly fromAt?: number | undefined;
  /** Ended before. */
  readonly toAt?: number | undefined;
  /** Words that must all be somewhere in the request. */
  readonly search?: string | undefined;
}

/** Access requests: asking, answering, looking. */
export class AccessRequests {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  /**
   * Live requests that match, page after page; those of others only as far as the caller may see them.
   *
   * @example for await (const request of client.accessRequests.list({ state: "PENDING" })) …
   */
  list(
    filter: AccessRequestFilter = {},
    options: AccessRequestListOptions = {},
  ): AsyncGenerator<AccessRequestV3, void, undefined> {
    return listRequests(this.#services.auth, filter, options);
  }

  /** @throws AppError NOT_FOUND where it is not there, or not for the caller to see. */
  get(id: string, options: CallOptions = {}): Promise<AccessRequestV3> {
    return getRequest(this.#services.auth, id, options);
  }

  /**
   * Asks. The answer is the request as it is stored: named, with roles, reviewers and times filled in.
   *
   * @throws AppError BAD_PARAMETER for roles that the user may not ask for.
   */
  async create(wish: NewAccessRequest, options: CallOptions = {}): Promise<AccessRequestV3> {
    const { auth } = this.#services;
    const message = newRequestMessage(wish);
    try {
      return await auth.createAccessRequestV2(message, options);
    } catch (error) {
      if (!isAppError(error, "NOT_IMPLEMENTED")) throw error;
    }
    await auth.createAccessRequest(message, options);
    return this.get(message.Metadata?.Name ?? "", options);
  }

  /**
   * Gives a review as one who may review. The answer is the request after it: still pending, or resolved.
   *
   * @throws AppError ACCESS_DENIED for one's own request, a second review, or a resolved request.
   */
  async review(id: string, review: AccessReviewWish, options: CallOptions = {}): Promise<AccessRequestV3> {
    return this.#services.auth.submitAccessReview({ RequestID: id, Review: reviewToWire(review) }, options);
  }

  /** Resolves a request at once, past any thresholds: for those who may update access requests, as plugins are. */
  async setState(
    id: string,
    state: ResolvedState,
    answer: AccessRequestAnswer = {},
    options: CallOptions = {},
  ): Promise<void> {
    await this.#services.auth.setAccessRequestState(
      {
        ID: id,
        State: stateToWire(state),
        Reason: answer.reason ?? "",
        Delegator: answer.delegator ?? "",
        Annotations: annotationsToWire(answer.annotations),
        Roles: listOf(answer.roles, "roles"),
        AssumeStartTime: timestampOf(answer.assumeStartAt),
      },
      options,
    );
  }

  /** {@link AccessRequests.setState} to APPROVED. */
  approve(id: string, answer: AccessRequestAnswer = {}, options: CallOptions = {}): Promise<void> {
    return this.setState(id, "APPROVED", answer, options);
  }

  /** {@link AccessRequests.setState} to DENIED. */
  deny(id: string, answer: AccessRequestAnswer = {}, options: CallOptions = {}): Promise<void> {
    return this.setState(id, "DENIED", answer, options);
  }

  /** Removes a live request. Certificates that were issued for it stay valid: lock the request to end them. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#services.auth.deleteAccessRequest({ ID: id }, options);
  }

  /** What a user may ask for, and whom they may suggest; the caller where no user is named. */
  capabilities(
    query: MessageInitShape<typeof AccessCapabilitiesRequestSchema> = {
      RequestableRoles: true,
      SuggestedReviewers: true,
    },
    options: CallOptions = {},
  ): Promise<AccessCapabilities> {
    return this.#services.auth.getAccessCapabilities(query, options);
  }

  /** Requests that have ended, newest first. @throws AppError NOT_IMPLEMENTED from a Teleport server. */
  history(
    filter: AccessRequestHistoryFilter = {},
    options: CallOptions & { readonly pageSize?: number | undefined } = {},
  ): AsyncGenerator<AccessRequestRecord, void, undefined> {
    return eachItem(async (pageToken, pageSize) => {
      const page = await this.#services.accessRequestHistory.listAccessRequestHistory(
        {
          pageSize,
          pageToken,
          user: filter.user ?? "",
          state: stateToWire(filter.state),
          from: timestampOf(filter.fromAt),
          to: timestampOf(filter.toAt),
          search: filter.search ?? "",
        },
        options,
      );
      return { items: page.records, nextKey: page.nextPageToken };
    }, options.pageSize ?? defaultPageSize);
  }

  /**
   * Which role and rule lets a user ask, or a reviewer review, or forbids it, and how the thresholds stand.
   *
   * @throws AppError NOT_IMPLEMENTED from a Teleport server.
   */
  explain(
    question: MessageInitShape<typeof ExplainAccessRequestRequestSchema>,
    options: CallOptions = {},
  ): Promise<ExplainAccessRequestResponse> {
    return this.#services.accessRequestHistory.explainAccessRequest(question, options);
  }
}
