import { clone, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type WorkloadIdentity,
  WorkloadIdentitySchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_pb";
import type { AuditEntry } from "../../audit/index.ts";
import { writeOverStored } from "../../resources/index.ts";
import type { Call } from "../../rpc/index.ts";
import type { Change } from "../../storage/index.ts";
import { identityCreated, identityDeleted, identityUpdated } from "./events.ts";
import { readIdentity } from "./read-identity.ts";
import type { IdentityStore } from "./store.ts";
import { validateIdentity } from "./validate-identity.ts";

export interface IdentityDeps {
  readonly identities: IdentityStore;
  auditChange(entry: AuditEntry): Change;
}

type Sent = WorkloadIdentity | undefined;

export function createIdentity(deps: IdentityDeps, sent: Sent, call: Call): Promise<WorkloadIdentity> {
  const identity = acceptIdentity(sent);
  return deps.identities.create(identity, deps.auditChange(identityCreated(identity, call)));
}

/** One that carries a revision must still be at it. */
export function updateIdentity(deps: IdentityDeps, sent: Sent, call: Call): Promise<WorkloadIdentity> {
  const identity = acceptIdentity(sent);
  return deps.identities.update(identity, deps.auditChange(identityUpdated(identity, call)));
}

export function upsertIdentity(deps: IdentityDeps, sent: Sent, call: Call): Promise<WorkloadIdentity> {
  const identity = acceptIdentity(sent);
  return writeOverStored(deps.identities, identity, async () => {
    const stored = await deps.identities.get(identity.metadata?.name ?? "");
    const entry = stored === undefined ? identityCreated(identity, call) : identityUpdated(identity, call);
    return { stored, commit: [deps.auditChange(entry)] };
  });
}

export async function deleteIdentity(deps: IdentityDeps, name: string, call: Call): Promise<void> {
  if (name === "") throw new AppError("BAD_PARAMETER", "the name of the workload identity is missing");
  await deps.identities.delete(name, deps.auditChange(identityDeleted(name, call)));
}

/** Every credential is decided on all of it, and lists hold many. */
const MAX_BYTES = 64 * 1024;

/** A copy of what was sent, complete and checked. */
export function acceptIdentity(sent: Sent): WorkloadIdentity {
  if (sent === undefined) throw new AppError("BAD_PARAMETER", "the workload identity is missing");
  const identity = clone(WorkloadIdentitySchema, sent);
  if (identity.kind === "") identity.kind = "workload_identity";
  if (identity.version === "") identity.version = "v1";
  if (identity.kind !== "workload_identity" || identity.version !== "v1" || identity.subKind !== "") {
    throw new AppError(
      "BAD_PARAMETER",
      "a workload identity has the kind workload_identity, version v1 and no sub_kind",
    );
  }
  if (toBinary(WorkloadIdentitySchema, identity).length > MAX_BYTES) {
    throw new AppError("BAD_PARAMETER", `the workload identity is larger than ${MAX_BYTES} bytes`);
  }
  validateIdentity(readIdentity(identity));
  return identity;
}
