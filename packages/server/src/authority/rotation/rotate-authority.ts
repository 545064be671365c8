import { clone } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { AuditEntry } from "../../audit/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import { newUuid } from "../../kernel/ids.ts";
import { auditTime, type Call, callerFields } from "../../rpc/index.ts";
import type { Change } from "../../storage/index.ts";
import type { CaType } from "../ca-types.ts";
import type { AuthorityStore } from "../store.ts";
import { decideRotation, type RotationWish } from "./decide-rotation.ts";
import type { Rotation } from "./rotation.ts";
import { movedKeySets, readRotation, writeRotation } from "./rotation-message.ts";

export interface RotationDeps {
  readonly authorities: AuthorityStore;
  readonly clusterName: string;
  readonly clock: Clock;
  auditChange(entry: AuditEntry): Change;
}

/**
 * Takes an authority of the own cluster one step on. Whoever takes a step at the same time loses: the step is written
 * over exactly what it was decided on. Without a call it is a step of the schedule.
 */
export async function rotateAuthority(
  deps: RotationDeps,
  type: CaType,
  wish: RotationWish,
  call?: Call,
): Promise<CertAuthorityV2> {
  const { authorities, clock } = deps;
  const authority = clone(CertAuthorityV2Schema, await authorities.ensure(type));
  const { Spec: spec } = authority;
  if (spec === undefined) throw new AppError("INTERNAL", `the ${type} certificate authority is empty`);
  const now = clock.now();
  const before = readRotation(spec.Rotation);
  const verdict = decideRotation(before, wish, { now, newId: newUuid() });
  if (!verdict.allow) throw new AppError("BAD_PARAMETER", verdict.because);
  const fresh = verdict.move === "add" ? await authorities.newKeys(type) : undefined;
  Object.assign(spec, movedKeySets(spec, verdict.move, fresh));
  spec.Rotation = writeRotation(verdict.rotation);
  const entry = authorityRotated(type, before, verdict.rotation, call);
  return authorities.of(type).update(authority, deps.auditChange(entry));
}

/** An authority went one step on, by somebody or by its schedule. */
function authorityRotated(type: CaType, before: Rotation, after: Rotation, call?: Call): AuditEntry {
  return {
    event: "cert_authority.rotate",
    code: "TCAR001I",
    ...(call === undefined ? { user: "system" } : callerFields(call)),
    ca_type: type,
    rotation_id: after.id,
    phase: after.phase,
    previous_phase: before.phase,
    mode: after.mode === "" ? before.mode : after.mode,
    started: auditTime(after.startedAt ?? before.startedAt),
    success: true,
  };
}
