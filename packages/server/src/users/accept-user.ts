import { clone, create } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";
import {
  CreatedBySchema,
  MetadataSchema,
  UserRefSchema,
  UserSpecV2Schema,
  type UserV2,
  UserV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { readTime, writeTime } from "../rpc/index.ts";
import { readUser } from "./store.ts";
import type { User } from "./user.ts";
import { validateUser } from "./validate-user.ts";

/** A copy of what was sent, complete and checked. Secrets are left out: they are never part of this record. */
export function acceptUser(
  sent: UserV2 | undefined,
  clusterName: string,
): { readonly message: UserV2; readonly user: User } {
  if (sent === undefined) throw new AppError("BAD_PARAMETER", "the user is missing");
  const message = clone(UserV2Schema, sent);
  message.Kind = "user";
  message.Version = "v2";
  message.Metadata ??= create(MetadataSchema);
  message.Metadata.Namespace = "default";
  message.Spec ??= create(UserSpecV2Schema);
  delete message.Spec.LocalAuth;
  message.Spec.Roles = [...new Set(message.Spec.Roles)];
  dropZeroTimes(message);
  const user = readUser(message);
  validateUser(user, clusterName);
  return { message, user };
}

/** Says who made the user: as sent, else as it was, else the caller now. */
export function fillCreatedBy(
  message: UserV2,
  stored: UserV2 | undefined,
  caller: string,
  now: number,
): void {
  if (message.Spec === undefined || isCreatorSet(message)) return;
  if (stored !== undefined && isCreatorSet(stored)) {
    message.Spec.CreatedBy = stored.Spec?.CreatedBy;
    return;
  }
  const time = writeTime(now);
  message.Spec.CreatedBy = create(CreatedBySchema, {
    User: create(UserRefSchema, { Name: caller }),
    ...(time === undefined ? {} : { Time: time }),
  });
}

function isCreatorSet({ Spec: spec }: UserV2): boolean {
  const by = spec?.CreatedBy;
  return by !== undefined && ((by.User?.Name ?? "") !== "" || by.Connector !== undefined);
}

/** Go writes times that are not set; left out they read the same for everybody. */
function dropZeroTimes({ Spec: spec, Metadata: metadata }: UserV2): void {
  const isZero = (time: Timestamp | undefined) => time !== undefined && readTime(time) === undefined;
  if (isZero(metadata?.Expires)) delete metadata?.Expires;
  if (isZero(spec?.Expires)) delete spec?.Expires;
  if (isZero(spec?.CreatedBy?.Time)) delete spec?.CreatedBy?.Time;
  if (isZero(spec?.Status?.LockedTime)) delete spec?.Status?.LockedTime;
  if (isZero(spec?.Status?.LockExpires)) delete spec?.Status?.LockExpires;
}
