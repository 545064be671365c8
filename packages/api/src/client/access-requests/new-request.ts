import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type AccessRequestV3,
  AccessRequestV3Schema,
  RequestState,
  type ResourceIDSchema,
} from "#gen/teleport/legacy/types/types_pb.js";
import { listOf } from "../check-arguments.ts";
import { timestampOf } from "../wire-time.ts";

/** A resource as a request names it: `{ ClusterName, Kind, Name, SubResourceName }`. */
export type ResourceIdInit = MessageInitShape<typeof ResourceIDSchema>;

/** What to ask for. Times are instants in milliseconds since 1970. */
export interface NewAccessRequest {
  /** Who asks; usually the holder of the credentials. */
  readonly user: string;
  /** Roles asked for; `["*"]` is every role that may be asked for. */
  readonly roles?: readonly string[] | undefined;
  /** Resources asked for; the server finds roles for them where none are named. */
  readonly resourceIds?: readonly ResourceIdInit[] | undefined;
  readonly reason?: string | undefined;
  /** Users who shall be told; it gives them no rights. */
  readonly suggestedReviewers?: readonly string[] | undefined;
  /** Until when the access itself lasts. The server shortens it to what the roles allow. */
  readonly maxDurationAt?: number | undefined;
  /** Until when a certificate with the access may be valid; refused when the roles do not allow that long. */
  readonly accessExpiresAt?: number | undefined;
  /** When the access starts; now where it is left out. */
  readonly assumeStartAt?: number | undefined;
  /** When the request lapses if nobody answers it. */
  readonly expiresAt?: number | undefined;
  /** Checks and fills in everything and stores nothing. */
  readonly dryRun?: boolean | undefined;
}

/** The message for a new request, named by a random UUID; current servers give it a name of their own. */
export function newRequestMessage(wish: NewAccessRequest): AccessRequestV3 {
  return create(AccessRequestV3Schema, {
    Kind: "access_request",
    Version: "v3",
    Metadata: {
      Name: crypto.randomUUID(),
      Namespace: "default",
      Expires: timestampOf(wish.expiresAt),
    },
    Spec: {
      User: wish.user,
      Roles: listOf(wish.roles, "roles"),
      State: RequestState.PENDING,
      RequestReason: wish.reason ?? "",
      RequestedResourceIDs: listOf(wish.resourceIds, "resourceIds"),
      SuggestedReviewers: listOf(wish.suggestedReviewers, "suggestedReviewers"),
      DryRun: wish.dryRun ?? false,
      MaxDuration: timestampOf(wish.maxDurationAt),
      Expires: timestampOf(wish.accessExpiresAt),
      AssumeStartTime: timestampOf(wish.assumeStartAt),
    },
  });
}
