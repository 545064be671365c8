import { type RoleV6, RoleV6Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { ruleSubject } from "../resources/index.ts";
import type { WatchSource } from "../watch/index.ts";
import { resourceSource } from "../watch/index.ts";
import { encodeRole, type RoleStore, rolesPrefix } from "./store.ts";
import { type ReaderAge, readerAge } from "./wire/downgrade.ts";

/** Field `Role` of proto.Event. */
const EVENT_FIELD = 9;

/** Roles as a kind that can be watched; each reader sees them as its version understands them. */
export function roleWatchSource(roles: RoleStore): WatchSource<RoleV6> {
  const source = resourceSource<RoleV6>({
    kind: "role",
    version: "v8",
    prefix: rolesPrefix,
    eventField: EVENT_FIELD,
    parse: roles.resources.parse,
    subject: (message) => ruleSubject(RoleV6Schema, message),
  });
  return {
    ...source,
    viewOf: (_, clientVersion) => readerAge(clientVersion),
    encode: (message, _, view) => encodeRole(message, view as ReaderAge),
  };
}
