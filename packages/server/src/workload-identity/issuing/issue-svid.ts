import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";
import type { CredentialSchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/issuance_service_pb";
import { issueJwtSvid, issueX509Svid } from "../../authority/index.ts";
import { type Call, writeTime } from "../../rpc/index.ts";
import { unchanged } from "../identities/store.ts";
import type { Refusal } from "../refusal.ts";
import type { WorkloadIdentity } from "../workload-identity.ts";
import type { Asker } from "./asker.ts";
import type { Credential } from "./credential.ts";
import { decideSvid, type SvidDecision } from "./decide-svid.ts";
import { jwtSvidIssued, x509SvidIssued } from "./events.ts";
import type { IssuingDeps } from "./issue-deps.ts";

export interface SvidWish {
  readonly credential: Credential;
  /** Undefined where nothing was asked for. */
  readonly requestedMs: number | undefined;
}

/** Whether the asker may have the credential, as far as rules, templates and lifetimes go. */
export function decideFor(
  deps: Pick<IssuingDeps, "clusterName">,
  identity: WorkloadIdentity,
  asker: Asker,
  { credential, requestedMs }: SvidWish,
  { caller, now }: Call,
): SvidDecision | Refusal {
  return decideSvid({
    identity,
    values: asker.attributes.values,
    credential,
    clusterName: deps.clusterName,
    requestedMs,
    callerEndsAt: caller.identity?.expires?.getTime(),
    now,
  });
}

type Answer = MessageInitShape<typeof CredentialSchema>;

/** Issues what was decided; it is recorded, with its audit entry, before it is answered. */
export async function issueDecided(
  deps: IssuingDeps,
  identity: WorkloadIdentity,
  decision: SvidDecision,
  { asker, wish }: { readonly asker: Asker; readonly wish: SvidWish },
  call: Call,
): Promise<Answer> {
  const source = { hint: decision.hint, identity, attributes: asker.attributes.message };
  if (decision.kind === "jwt") {
    const { description } = decision;
    const issued = await issueJwtSvid(deps, description, call, (one) => [
      deps.auditChange(jwtSvidIssued(description, one, source, call)),
      unchanged(identity),
    ]);
    const value = { jwt: issued.jwt, jti: issued.jti };
    return answer(identity, decision, issued.expiresAt, { case: "jwtSvid", value }, call);
  }
  if (wish.credential.kind !== "x509")
    throw new AppError("INTERNAL", "a certificate was decided without a key");
  const { description } = decision;
  const issued = await issueX509Svid(deps, description, wish.credential.publicKey, call, (one) => [
    deps.auditChange(x509SvidIssued(description, one, source, call)),
    unchanged(identity),
  ]);
  const value = { cert: issued.der, serialNumber: issued.serialNumber };
  return answer(identity, decision, issued.expiresAt, { case: "x509Svid", value }, call);
}

function answer(
  identity: WorkloadIdentity,
  { hint, description }: SvidDecision,
  expiresAt: number,
  credential: Answer["credential"],
  { now }: Call,
): Answer {
  const ttlMs = expiresAt - now;
  const expires = writeTime(expiresAt);
  return {
    ttl: create(DurationSchema, {
      seconds: BigInt(Math.floor(ttlMs / 1000)),
      nanos: (ttlMs % 1000) * 1_000_000,
    }),
    ...(expires && { expiresAt: expires }),
    hint,
    workloadIdentityName: identity.name,
    workloadIdentityRevision: identity.revision,
    spiffeId: description.spiffeId,
    credential,
  };
}
