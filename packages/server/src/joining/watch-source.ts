import {
  type ProvisionTokenV2,
  ProvisionTokenV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { ruleSubject } from "../resources/index.ts";
import { prefix } from "../storage/index.ts";
import { resourceSource, type WatchSource } from "../watch/index.ts";
import type { TokenStore } from "./store.ts";

/** Field `ProvisionToken` of proto.Event. */
const EVENT_FIELD = 5;

export function tokenWatchSource(tokens: TokenStore): WatchSource<ProvisionTokenV2> {
  return resourceSource<ProvisionTokenV2>({
    kind: "token",
    version: "v2",
    prefix: prefix("tokens"),
    eventField: EVENT_FIELD,
    parse: tokens.parse,
    subject: (token) => ruleSubject(ProvisionTokenV2Schema, token),
  });
}
