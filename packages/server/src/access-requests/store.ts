import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AccessRequestRecordSchema } from "@sallyport/api/gen/sallyport/accessrequests/v1/access_request_history_service_pb.js";
import { AccessRequestV3Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { newRevision } from "../kernel/ids.ts";
import { writeTime } from "../rpc/index.ts";
import type { Backend, Change, Condition, Item, Key, Revision } from "../storage/index.ts";
import type { AccessRequest } from "./access-request.ts";
import { endedKey, historyKey, indexKeysOf, requestKey } from "./storing/keys.ts";
import { readRequest } from "./wire/read-request.ts";
import { writeRequest } from "./wire/write-request.ts";

/** A request and the bytes that are stored of it, which are also what clients are sent. */
export interface StoredRequest {
  readonly request: AccessRequest;
  readonly bytes: Uint8Array;
}

/** What to commit, and what is then stored. */
export interface RequestWrite extends StoredRequest {
  readonly changes: readonly Change[];
}

const parsed = new WeakMap<Item, AccessRequest>();

export function parseRequest(item: Item): AccessRequest {
  const known = parsed.get(item);
  if (known !== undefined) return known;
  const request = readRequest(item.value);
  parsed.set(item, request);
  return request;
}

export async function loadRequest(backend: Backend, id: string): Promise<AccessRequest | undefined> {
  const item = id === "" ? undefined : await backend.get(requestKey(id));
  return item && parseRequest(item);
}

/** The revision is part of the bytes, so it is chosen before they are. */
function encode(request: AccessRequest): StoredRequest & { readonly revision: Revision } {
  const revision = newRevision<Revision>();
  const written = { ...request, revision };
  const bytes = writeRequest(written);
  return { request: { ...written, source: bytes }, bytes, revision };
}

/** A request that is shown and never stored. */
export function describeUnstored(request: AccessRequest): StoredRequest {
  return { request, bytes: writeRequest(request) };
}

export function insert(request: AccessRequest): RequestWrite {
  const { revision, ...stored } = encode(request);
  const key = requestKey(request.id);
  const put: Change = { op: "put", key, value: stored.bytes, revision, condition: { is: "absent" } };
  return { ...stored, changes: [put, ...indexKeysOf(request).map((index) => putIndex(index, revision))] };
}

/** Writes over exactly what was read. Index keys that stay are left alone. */
export function replace(before: AccessRequest, after: AccessRequest): RequestWrite {
  const { revision, ...stored } = encode(after);
  const key = requestKey(before.id);
  const put: Change = { op: "put", key, value: stored.bytes, revision, condition: unchanged(before) };
  const old = new Set(indexKeysOf(before));
  const kept = new Set(indexKeysOf(after));
  const added = [...kept].filter((index) => !old.has(index)).map((index) => putIndex(index, revision));
  const removed = [...old].filter((index) => !kept.has(index)).map(deleteKey);
  return { ...stored, changes: [put, ...added, ...removed] };
}

/** How a request stopped being a live one. */
export interface Ending {
  readonly endedAt: number;
  readonly how: "expired" | "deleted";
  /** How long the history remembers it. */
  readonly rememberMs: number;
}

/** How long the id of an ended request is not given out again. */
const ID_RESTS_MS = 365 * 24 * 3_600_000;

/** Takes the live request away and keeps it as history, in one commit. */
export function end(request: AccessRequest, ending: Ending): readonly Change[] {
  const remove: Change = { op: "delete", key: requestKey(request.id), condition: unchanged(request) };
  const ended: Change = {
    op: "put",
    key: endedKey(request.id),
    value: noValue,
    revision: newRevision<Revision>(),
    expiresAt: ending.endedAt + ID_RESTS_MS,
    condition: { is: "any" },
  };
  return [remove, ...indexKeysOf(request).map(deleteKey), remember(request, ending), ended];
}

/**
 * Makes the commit of a new request depend on no other having had its id: whoever answers an id that they were shown
 * once must not answer another wish by it (threat 17).
 */
export function checkNeverUsed(id: string): Change {
  return { op: "check", key: endedKey(id), condition: { is: "absent" } };
}

function remember(request: AccessRequest, { endedAt, how, rememberMs }: Ending): Change {
  const bytes = request.source ?? writeRequest(request);
  const record = create(AccessRequestRecordSchema, {
    request: fromBinary(AccessRequestV3Schema, bytes),
    ending: how,
  });
  const ended = writeTime(endedAt);
  if (ended !== undefined) record.ended = ended;
  return {
    op: "put",
    key: historyKey(endedAt, request.id),
    value: toBinary(AccessRequestRecordSchema, record),
    revision: newRevision<Revision>(),
    expiresAt: endedAt + rememberMs,
    condition: { is: "any" },
  };
}

function unchanged({ revision }: Pick<AccessRequest, "revision">): Condition {
  return { is: "at", revision: revision as Revision };
}

/** Makes a commit of something else depend on the request being as it was read. */
export function checkUnchanged(id: string, revision = ""): Change {
  return { op: "check", key: requestKey(id), condition: unchanged({ revision }) };
}

const noValue = new Uint8Array();

/** Index keys have the revision of the write that they belong to. */
function putIndex(key: Key, revision: Revision): Change {
  return { op: "put", key, value: noValue, revision, condition: { is: "any" } };
}

function deleteKey(key: Key): Change {
  return { op: "delete", key, condition: { is: "any" } };
}
