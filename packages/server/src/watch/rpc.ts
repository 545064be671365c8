import { create, toBinary } from "@bufbuild/protobuf";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { EventSchema, Operation } from "@sallyport/api/gen/teleport/legacy/client/proto/event_pb";
import type { WatchKind } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { Encoded, type RpcPart } from "../rpc/index.ts";
import type { Cursor } from "../storage/index.ts";
import { decideWatch, type GrantedKind } from "./decide-watch.ts";
import type { WatchFeed } from "./feed.ts";
import type { WatchWish } from "./source.ts";
import { startOf, streamEvents } from "./stream-events.ts";

export function watchRpcs(feed: WatchFeed): RpcPart<typeof AuthService, "watchEvents"> {
  return {
    watchEvents: {
      access: { decidedBy: "read on each watched kind; one's own access requests" },
      handle: async function* (request, call) {
        const wishes = request.Kinds.map(wishOf);
        const granted = decideWatch(call.caller, wishes, request.AllowPartialSuccess, feed.sourceOf);
        const from = request.sallyportCursor === "" ? undefined : (request.sallyportCursor as Cursor);
        const start = await startOf(feed, granted, call, from);
        yield initEvent(granted, start.cursor);
        yield* streamEvents(feed, granted, call, start);
      },
    },
  };
}

const wishOf = (kind: WatchKind): WatchWish => ({
  kind: kind.Kind,
  subKind: kind.SubKind,
  name: kind.Name,
  version: kind.Version,
  loadSecrets: kind.LoadSecrets,
  filter: kind.Filter,
});

/** The first event of every stream: the kinds that were granted, and where the stream starts. */
function initEvent(granted: readonly GrantedKind[], cursor: Cursor): Encoded {
  const kinds = granted.map(({ wish }) => ({
    Kind: wish.kind,
    SubKind: wish.subKind,
    Name: wish.name,
    Version: wish.version,
    LoadSecrets: wish.loadSecrets,
    Filter: { ...wish.filter },
  }));
  const event = create(EventSchema, {
    Type: Operation.INIT,
    Resource: {
      case: "WatchStatus",
      value: {
        Kind: "watch_status",
        Version: "v1",
        Metadata: { Name: "watch-status", Namespace: "default" },
        Spec: { Kinds: kinds },
      },
    },
    sallyportCursor: cursor,
  });
  return new Encoded(toBinary(EventSchema, event));
}
