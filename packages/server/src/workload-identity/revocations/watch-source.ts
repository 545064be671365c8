import {
  type WorkloadIdentityX509Revocation,
  WorkloadIdentityX509RevocationSchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_resource_pb";
import { ruleSubject } from "../../resources/index.ts";
import { resourceSource, type WatchSource } from "../../watch/index.ts";
import { type RevocationStore, revocationsPrefix } from "./store.ts";

/** Field `WorkloadIdentityX509Revocation` of proto.Event. */
const EVENT_FIELD = 77;

export function revocationWatchSource(
  revocations: RevocationStore,
): WatchSource<WorkloadIdentityX509Revocation> {
  return resourceSource<WorkloadIdentityX509Revocation>({
    kind: "workload_identity_x509_revocation",
    version: "v1",
    prefix: revocationsPrefix,
    eventField: EVENT_FIELD,
    parse: revocations.parse,
    subject: (revocation) => ruleSubject(WorkloadIdentityX509RevocationSchema, revocation),
  });
}
