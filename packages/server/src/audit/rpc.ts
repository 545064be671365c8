import { createHash } from "node:crypto";
import { create, type JsonObject } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { AppError, eventFromJson, eventToJson } from "@sallyport/api";
import {
  type AuditLogService,
  EventsUnstructuredSchema,
  EventUnstructuredSchema,
} from "@sallyport/api/gen/teleport/auditlog/v1/auditlog_pb";
import {
  type AuthService,
  EventsSchema,
  type GetEventsRequest,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { OneOf } from "@sallyport/api/gen/teleport/legacy/types/events/events_pb";
import type { Call, RpcPart, RpcTable, SystemRole } from "../rpc/index.ts";
import { readTime, writeTime } from "../rpc/wire-time.ts";
import type { Backend } from "../storage/index.ts";
import type { AuditLog, RecordedEntry } from "./audit-log.ts";
import { refuseEmitted } from "./check-emitted.ts";
import type { AuditEntry } from "./entry.ts";
import { type AuditPage, type AuditSearch, checkLimit, searchLog } from "./search-log.ts";

export interface AuditRpcDeps {
  readonly backend: Backend;
  readonly audit: AuditLog;
}

/** The services that write events of their own; what they may create is also in their rules. */
const emitters: readonly SystemRole[] = [
  "Node",
  "Proxy",
  "App",
  "Db",
  "Kube",
  "WindowsDesktop",
  "Discovery",
  "Okta",
];

/** Newest first. Clients and servers of this API swap the numbers, whatever the names of the enum say: 0 = oldest first. */
const NEWEST_FIRST = 1;
const MAX_EVENT_TYPES = 1000;
const LIST_EVENTS = { kind: "event", verbs: ["list"] } as const;

/** The part of the main service that reads and writes the audit log. */
export function eventRpcs({
  backend,
  audit,
}: AuditRpcDeps): RpcPart<typeof AuthService, "getEvents" | "getSessionEvents" | "emitAuditEvent"> {
  return {
    getEvents: {
      access: LIST_EVENTS,
      handle: async (request, call) => {
        const { StartDate, EndDate, EventTypes, Limit, StartKey, Order } = request;
        const page = await search(backend, call, {
          startDate: StartDate,
          endDate: EndDate,
          eventTypes: EventTypes,
          limit: Limit,
          startKey: StartKey,
          order: Order,
        });
        const Items = page.entries.map((entry) => eventFromJson(jsonOf(entry)));
        return create(EventsSchema, { Items, LastKey: page.lastKey });
      },
    },
    getSessionEvents: {
      access: { kind: "session", verbs: ["list"] },
      // No session ends on this cluster yet, so there are none to show; the limit is checked as ever.
      handle: ({ Limit }) => {
        checkLimit(Limit);
        return create(EventsSchema);
      },
    },
    emitAuditEvent: {
      access: { systemRoles: emitters },
      handle: async (event, call) => {
        await audit.keep(checkedEvent(event, call));
        return create(EmptySchema);
      },
    },
  };
}

/** The service that event handlers read the log with. */
export function auditLogRpcs({ backend }: AuditRpcDeps): RpcTable<typeof AuditLogService> {
  return {
    getUnstructuredEvents: {
      access: LIST_EVENTS,
      handle: async (request, call) => {
        const page = await search(backend, call, request);
        return create(EventsUnstructuredSchema, {
          items: page.entries.map(unstructured),
          lastKey: page.lastKey,
        });
      },
    },
  };
}

interface WireSearch {
  readonly startDate?: GetEventsRequest["StartDate"];
  readonly endDate?: GetEventsRequest["EndDate"];
  readonly eventTypes: readonly string[];
  readonly limit: number;
  readonly startKey: string;
  readonly order: number;
}

/** The namespace of a search is not read: there is only one. A time that is not set leaves its end open. */
function search(backend: Backend, call: Call, request: WireSearch): Promise<AuditPage> {
  if (request.eventTypes.length > MAX_EVENT_TYPES) {
    throw new AppError("BAD_PARAMETER", `at most ${MAX_EVENT_TYPES} event types can be searched for`);
  }
  const range: AuditSearch = {
    fromAt: readTime(request.startDate) ?? 0,
    toAt: readTime(request.endDate) ?? call.now,
    types: request.eventTypes,
    limit: request.limit,
    order: request.order === NEWEST_FIRST ? "descending" : "ascending",
    startKey: request.startKey,
    signal: call.signal,
  };
  return searchLog(backend, range);
}

/** An entry is what `JSON.parse` made, and nothing else can be in it. */
const jsonOf = (entry: RecordedEntry) => entry as JsonObject;

function unstructured(entry: RecordedEntry) {
  const time = Date.parse(entry.time);
  return create(EventUnstructuredSchema, {
    type: entry.event,
    id: entry.uid === "" ? createHash("sha256").update(JSON.stringify(entry)).digest("hex") : entry.uid,
    time: writeTime(Number.isNaN(time) ? undefined : time),
    index: BigInt(Number.isSafeInteger(entry.ei) ? entry.ei : 0),
    unstructured: jsonOf(entry),
  });
}

function checkedEvent(event: OneOf, call: Call): AuditEntry {
  if (event.Event.case === undefined) throw new AppError("BAD_PARAMETER", "the event is of an unknown type");
  const verdict = call.caller.permissions.check("event", ["create"]);
  if (!verdict.allow) throw new AppError("ACCESS_DENIED");
  const json = eventToJson(event);
  const problem = refuseEmitted(json, {
    hostId: call.caller.name.split(".", 1)[0] ?? "",
    isProxy: call.caller.roles.includes("Proxy"),
  });
  if (problem !== undefined) throw new AppError("BAD_PARAMETER", problem);
  return filled(json);
}

/** Without what the service left empty, so that the log fills it in. */
function filled(json: JsonObject): AuditEntry {
  const { uid, time, cluster_name, ...rest } = json;
  const kept = Object.entries({ uid, time, cluster_name }).filter(
    ([, value]) => value !== undefined && value !== "" && value !== "0001-01-01T00:00:00Z",
  );
  return { ...rest, ...Object.fromEntries(kept) } as unknown as AuditEntry;
}
