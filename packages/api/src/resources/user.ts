import { UserV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { defineKind } from "./resource-kind.ts";

/** A person or a program with roles and traits. */
export const userKind = defineKind({
  kind: "user",
  plural: "users",
  aliases: ["users"],
  versions: ["v2"],
  defaultVersion: "v2",
  schema: UserV2Schema,
  header: (user) => user,
});
