import { clone, create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type WorkloadIdentityX509Revocation,
  WorkloadIdentityX509RevocationSchema,
  WorkloadIdentityX509RevocationSpecSchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_resource_pb";
import { readTime, writeTime } from "../../rpc/index.ts";

const MAX_REASON_LENGTH = 1000;
const SKEW_MS = 60_000;

/** A copy of what was sent, complete and checked. */
export function acceptRevocation(
  sent: WorkloadIdentityX509Revocation | undefined,
  now: number,
): WorkloadIdentityX509Revocation {
  if (sent === undefined) throw new AppError("BAD_PARAMETER", "the revocation is missing");
  const revocation = clone(WorkloadIdentityX509RevocationSchema, sent);
  if (revocation.kind === "") revocation.kind = "workload_identity_x509_revocation";
  if (revocation.version === "") revocation.version = "v1";
  if (revocation.kind !== "workload_identity_x509_revocation" || revocation.version !== "v1") {
    throw new AppError(
      "BAD_PARAMETER",
      "a revocation has the kind workload_identity_x509_revocation and version v1",
    );
  }
  checkSerial(revocation.metadata?.name ?? "");
  checkTimes(revocation, now);
  return revocation;
}

/** The number as the lists have it: positive, in at most 20 octets. */
function checkSerial(name: string): void {
  if (/^[0-9a-f]{1,40}$/.test(name) && !/^(0*|[89a-f][0-9a-f]{39})$/.test(name)) return;
  throw new AppError(
    "BAD_PARAMETER",
    `${JSON.stringify(name.slice(0, 80))} is not the name of a revocation: write the serial number in small ` +
      "hexadecimal digits, without colons",
    { details: { field: "metadata.name" } },
  );
}

function checkTimes(revocation: WorkloadIdentityX509Revocation, now: number): void {
  const fail = (field: string, why: string) => {
    throw new AppError("BAD_PARAMETER", `${field}: ${why}`, { details: { field } });
  };
  revocation.spec ??= create(WorkloadIdentityX509RevocationSpecSchema);
  const { spec, metadata } = revocation;
  if (spec.reason.length > MAX_REASON_LENGTH)
    fail("spec.reason", `it is longer than ${MAX_REASON_LENGTH} characters`);
  const revokedAt = readTime(spec.revokedAt);
  if (revokedAt !== undefined && revokedAt > now + SKEW_MS) fail("spec.revoked_at", "it lies in the future");
  const at = writeTime(revokedAt ?? now);
  if (at !== undefined) spec.revokedAt = at;
  const expiresAt = readTime(metadata?.expires);
  if (expiresAt === undefined) delete metadata?.expires;
  else if (expiresAt <= now) fail("metadata.expires", "it has passed, so nothing would be revoked");
}
