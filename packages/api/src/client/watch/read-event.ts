import { type Event, Operation } from "#gen/teleport/legacy/client/proto/event_pb.js";
import { AppError } from "../../errors/index.ts";
import type { WatchDelete, WatchPut } from "./watch-event.ts";

/**
 * A change as a program sees it.
 *
 * @returns undefined for a resource or an operation of a newer server, which this client does not know.
 */
export function readChange(event: Event): WatchPut | WatchDelete | undefined {
  const { Resource: resource, sallyportCursor: cursor } = event;
  if (resource.case === undefined) return undefined;
  if (event.Type === Operation.INIT || resource.case === "WatchStatus") {
    throw new AppError("INTERNAL", "the server started the watch a second time within one stream");
  }
  const { kind, subKind, name } = headOf(resource.value);
  if (event.Type === Operation.DELETE) return { type: "delete", kind, subKind, name, cursor };
  if (event.Type !== Operation.PUT || resource.case === "ResourceHeader") return undefined;
  return { type: "put", kind, name, resource, cursor };
}

/** Tells whether two events that carry the same cursor are the same event. */
export function eventKey(event: WatchPut | WatchDelete): string {
  const rest = event.type === "put" ? headOf(event.resource.value).revision : event.subKind;
  return JSON.stringify([event.type, event.kind, event.name, rest]);
}

interface Head {
  readonly kind: string;
  readonly subKind: string;
  readonly name: string;
  readonly revision: string;
}

/** Older messages have `Kind` and `Metadata`; newer ones `kind` and `metadata`, some of them inside a `header`. */
function headOf(message: object): Head {
  const outer = message as Record<string, unknown>;
  const fields = isObject(outer.header) ? outer.header : outer;
  const metadata = fields.Metadata ?? fields.metadata;
  const inner = isObject(metadata) ? metadata : {};
  return {
    kind: text(fields.Kind ?? fields.kind),
    subKind: text(fields.SubKind ?? fields.subKind),
    name: text(inner.Name ?? inner.name),
    revision: text(inner.Revision ?? inner.revision),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
