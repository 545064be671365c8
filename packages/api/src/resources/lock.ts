import { type LockTarget, LockV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** Forbids everything to whom or what it targets, until it expires or is removed. */
export const lockKind = defineKind({
  kind: "lock",
  plural: "locks",
  aliases: ["locks"],
  versions: ["v2"],
  defaultVersion: "v2",
  schema: LockV2Schema,
  header: (lock) => lock,
  check: (lock) =>
    hasTarget(lock.Spec?.Target)
      ? undefined
      : {
          path: ["spec", "target"],
          problem: "say what is locked: user, role, login, access_request, mfa_device, server_id, …",
        },
});

function hasTarget(target: LockTarget | undefined): boolean {
  return target !== undefined && Object.entries(target).some(([key, value]) => isName(key) && value !== "");
}

const isName = (key: string) => !key.startsWith("$");
