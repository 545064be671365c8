import { type UserV2, UserV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { ruleSubject } from "../resources/index.ts";
import { resourceSource, type WatchSource } from "../watch/index.ts";
import { type UserStore, usersPrefix } from "./store.ts";

/** Field `User` of proto.Event. */
const EVENT_FIELD = 8;

/** Users as a kind that can be watched. What is stored holds no secrets, so there is one view for all. */
export function userWatchSource(users: UserStore): WatchSource<UserV2> {
  return resourceSource<UserV2>({
    kind: "user",
    version: "v2",
    prefix: usersPrefix,
    eventField: EVENT_FIELD,
    parse: users.resources.parse,
    subject: (message) => ruleSubject(UserV2Schema, message),
  });
}
