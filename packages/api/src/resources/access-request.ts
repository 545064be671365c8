import { AccessRequestV3Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** Somebody's wish for more access, with what became of it. */
export const accessRequestKind = defineKind({
  kind: "access_request",
  plural: "access requests",
  aliases: ["access_requests", "request", "requests"],
  versions: ["v3"],
  defaultVersion: "v3",
  schema: AccessRequestV3Schema,
  header: (request) => request,
  check: (request) =>
    (request.Spec?.User ?? "") === ""
      ? { path: ["spec", "user"], problem: "the user who asks is missing" }
      : undefined,
});
