import {
  create,
  type DescMessage,
  type JsonObject,
  type Message,
  type MessageShape,
} from "@bufbuild/protobuf";
import {
  type Metadata,
  MetadataSchema,
  type OneOf,
  OneOfSchema,
  UnknownSchema,
} from "#gen/teleport/legacy/types/events/events_pb.js";
import { AppError } from "../errors/index.ts";
import { fromJson, JsonFormError, toJson } from "../resources/json/index.ts";
import { eventCases } from "./event-types.ts";

/** Type and code of an event that its reader does not know. */
export const UNKNOWN_EVENT = { type: "unknown", code: "TCC00E" } as const;

const schemas = new Map<string, DescMessage>(
  OneOfSchema.fields.flatMap((field) =>
    field.message === undefined ? [] : [[field.localName, field.message]],
  ),
);
const schemasByName = new Map([...schemas.values()].map((desc) => [desc.typeName, desc]));

/**
 * An audit event as flat JSON, with the keys that event handlers and searches know: `event`, `code`, `time`, `uid`,
 * `ei`, `cluster_name`, then those of the event.
 *
 * @param event the message of one type of event, or the `events.OneOf` around it
 * @throws AppError BAD_PARAMETER for a message that is no event, or an empty OneOf
 */
export function eventToJson(event: Message): JsonObject {
  const inner = event.$typeName === OneOfSchema.typeName ? (event as OneOf).Event.value : event;
  const desc = inner === undefined ? undefined : schemasByName.get(inner.$typeName);
  if (inner === undefined || desc === undefined) {
    throw new AppError("BAD_PARAMETER", "the message holds no audit event of a known type");
  }
  return toJson(desc, inner as never);
}

/**
 * The message of an audit event from its JSON. Keys that the message does not have are left out. An event of an
 * unknown type, or whose values do not fit, becomes an `unknown` event that carries all of it as text, so that a
 * reader always gets something it can decode.
 */
export function eventFromJson(json: JsonObject): OneOf {
  const name = typeof json.event === "string" ? eventCases.get(json.event) : undefined;
  const desc = name === undefined ? undefined : schemas.get(name);
  const value = desc === undefined ? undefined : tryRead(desc, json);
  const Event = value === undefined ? { case: "Unknown", value: unknownEvent(json) } : { case: name, value };
  return create(OneOfSchema, { Event: Event as OneOf["Event"] });
}

/** undefined where a value does not fit. */
function tryRead<D extends DescMessage>(desc: D, json: JsonObject): MessageShape<D> | undefined {
  try {
    return fromJson(desc, json, { strict: false });
  } catch (error) {
    if (error instanceof JsonFormError) return undefined;
    throw error;
  }
}

function unknownEvent(json: JsonObject): Message {
  return create(UnknownSchema, {
    Metadata: unknownMetadata(json),
    UnknownType: text(json.event),
    UnknownCode: text(json.code),
    Data: JSON.stringify(json).toWellFormed(),
  });
}

/** What of the metadata can be read: one broken key must not hide when an event happened. */
function unknownMetadata(json: JsonObject): Metadata {
  const metadata = create(MetadataSchema, { Type: UNKNOWN_EVENT.type, Code: UNKNOWN_EVENT.code });
  for (const key of ["uid", "cluster_name", "ei", "time"]) {
    const part = tryRead(MetadataSchema, { [key]: json[key] ?? null });
    if (part === undefined) continue;
    if (part.ID !== "") metadata.ID = part.ID;
    if (part.ClusterName !== "") metadata.ClusterName = part.ClusterName;
    if (part.Index !== 0n) metadata.Index = part.Index;
    if (part.Time !== undefined) metadata.Time = part.Time;
  }
  return metadata;
}

const text = (json: unknown) => (typeof json === "string" ? json.toWellFormed() : "");
