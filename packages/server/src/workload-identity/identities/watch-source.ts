import {
  type WorkloadIdentity,
  WorkloadIdentitySchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_pb";
import { ruleSubject } from "../../resources/index.ts";
import { resourceSource, type WatchSource } from "../../watch/index.ts";
import { type IdentityStore, identitiesPrefix } from "./store.ts";

/** Field `WorkloadIdentity` of proto.Event. */
const EVENT_FIELD = 76;

export function identityWatchSource(identities: IdentityStore): WatchSource<WorkloadIdentity> {
  return resourceSource<WorkloadIdentity>({
    kind: "workload_identity",
    version: "v1",
    prefix: identitiesPrefix,
    eventField: EVENT_FIELD,
    parse: identities.parse,
    subject: (identity) => ruleSubject(WorkloadIdentitySchema, identity),
  });
}
