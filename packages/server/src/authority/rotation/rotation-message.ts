import { create } from "@bufbuild/protobuf";
import type { Duration } from "@bufbuild/protobuf/wkt";
import {
  type CAKeySet,
  CAKeySetSchema,
  type CertAuthoritySpecV2,
  type Rotation as RotationMessage,
  RotationSchema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { RotateCertAuthorityRequest } from "@sallyport/api/gen/teleport/trust/v1/trust_service_pb";
import { readNanos, readTime, writeNanos, writeTime } from "../../rpc/index.ts";
import type { RotationWish } from "./decide-rotation.ts";
import {
  type KeyMove,
  moveKeys,
  neverRotated,
  type Rotation,
  type RotationPhase,
  rotationPhases,
} from "./rotation.ts";

/** Where a stored authority stands; one that says nothing stands by. */
export function readRotation(message: RotationMessage | undefined): Rotation {
  if (message === undefined) return neverRotated;
  const { Schedule: schedule, Mode: mode } = message;
  const standbyAt = readTime(schedule?.Standby);
  return {
    phase: phaseOf(message.Phase),
    mode: mode === "auto" || mode === "manual" ? mode : "",
    id: message.CurrentID,
    startedAt: readTime(message.Started),
    gracePeriodMs: readNanos(message.GracePeriod),
    lastRotatedAt: readTime(message.LastRotated),
    schedule:
      standbyAt === undefined
        ? undefined
        : {
            updateClientsAt: readTime(schedule?.UpdateClients),
            updateServersAt: readTime(schedule?.UpdateServers),
            standbyAt,
          },
  };
}

const phaseOf = (text: string): RotationPhase => rotationPhases.find((phase) => phase === text) ?? "standby";

export function writeRotation(rotation: Rotation): RotationMessage {
  const { schedule } = rotation;
  return create(RotationSchema, {
    State: rotation.phase === "standby" ? "standby" : "in_progress",
    Phase: rotation.phase,
    Mode: rotation.mode,
    CurrentID: rotation.id,
    Started: writeTime(rotation.startedAt),
    GracePeriod: writeNanos(rotation.gracePeriodMs),
    LastRotated: writeTime(rotation.lastRotatedAt),
    Schedule:
      schedule === undefined
        ? {}
        : {
            UpdateClients: writeTime(schedule.updateClientsAt),
            UpdateServers: writeTime(schedule.updateServersAt),
            Standby: writeTime(schedule.standbyAt),
          },
  });
}

/** The keys after a step, each kind by itself. */
export function movedKeySets(
  spec: CertAuthoritySpecV2,
  move: KeyMove,
  fresh: CAKeySet | undefined,
): Pick<CertAuthoritySpecV2, "ActiveKeys" | "AdditionalTrustedKeys"> {
  const moved = <K>(of: (set: CAKeySet) => K[]) => {
    const keys = (set: CAKeySet | undefined) => (set === undefined ? [] : of(set));
    return moveKeys(
      { active: keys(spec.ActiveKeys), additional: keys(spec.AdditionalTrustedKeys) },
      move,
      keys(fresh),
    );
  };
  const kinds = { SSH: moved((set) => set.SSH), TLS: moved((set) => set.TLS), JWT: moved((set) => set.JWT) };
  const setOf = (which: "active" | "additional") =>
    create(CAKeySetSchema, {
      SSH: [...kinds.SSH[which]],
      TLS: [...kinds.TLS[which]],
      JWT: [...kinds.JWT[which]],
    });
  return { ActiveKeys: setOf("active"), AdditionalTrustedKeys: setOf("additional") };
}

export function wishOfRotation(request: RotateCertAuthorityRequest): RotationWish {
  const { schedule } = request;
  return {
    targetPhase: request.targetPhase,
    mode: request.mode,
    gracePeriodMs: request.gracePeriod && durationMs(request.gracePeriod),
    schedule: schedule && {
      updateClientsAt: readTime(schedule.updateClients),
      updateServersAt: readTime(schedule.updateServers),
      standbyAt: readTime(schedule.standby),
    },
  };
}

const durationMs = ({ seconds, nanos }: Duration) => Number(seconds) * 1000 + Math.floor(nanos / 1_000_000);
