import { type CertAuthorityV2, instantOf } from "@sallyport/api";
import { showInstant } from "../kinds/show-values.ts";

/** Steps of a rotation that may follow one; anything else the auth service refuses. */
const nextPhases: Readonly<Record<string, readonly string[]>> = {
  standby: ["init"],
  init: ["update_clients", "rollback"],
  update_clients: ["update_servers", "rollback"],
  update_servers: ["standby", "rollback"],
  rollback: ["standby"],
};

export const rotationPhases: readonly string[] = Object.keys(nextPhases);

/** What holds while an authority is in a phase, for those who lead it through by hand. */
const meanings: Readonly<Record<string, string>> = {
  standby: "one set of keys signs and is trusted",
  init: "new keys are trusted beside the old ones, which still sign; write anew what others trust: tctl auth sign",
  update_clients: "the new keys sign; the old ones are still trusted, so that certificates can be renewed",
  update_servers: "servers show certificates by the new keys; after standby the old ones are trusted no more",
  rollback: "the old keys sign again; the new ones are still trusted until standby",
};

/** The phase of an authority; one that was never rotated stands by. */
export function phaseOf({ Spec }: CertAuthorityV2): string {
  const phase = Spec?.Rotation?.Phase ?? "";
  return phase === "" ? "standby" : phase;
}

export const phasesAfter = (phase: string): readonly string[] => nextPhases[phase] ?? [];

export const meaningOf = (phase: string): string => meanings[phase] ?? "this phase is not known here";

export const isRotating = (authority: CertAuthorityV2): boolean => phaseOf(authority) !== "standby";

/** Where a rotation stands, in the words that `tctl status` has always had. */
export function describeRotation(authority: CertAuthorityV2): string {
  const rotation = authority.Spec?.Rotation;
  const phase = phaseOf(authority);
  if (!isRotating(authority)) {
    const isNew = instantOf(rotation?.LastRotated) === undefined;
    return isNew
      ? "standby (never rotated)"
      : `standby (last rotated: ${showInstant(rotation?.LastRotated)})`;
  }
  if (rotation?.Mode !== "auto") return `in progress (mode: manual, phase: ${phase})`;
  const ends = showInstant(rotation.Schedule?.Standby, "unknown");
  return `in progress (mode: automatic, phase: ${phase}, started: ${showInstant(rotation.Started)}, ending: ${ends})`;
}
