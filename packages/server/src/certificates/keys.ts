import { createHash } from "node:crypto";
import { type Key, key, prefix } from "../storage/index.ts";

// The inventory lies below `/audit/`: it is written with the act, and neither watched nor kept in the log of changes.
const ROOM = ["audit", "certificates"] as const;
const INDEX = ["audit", "certificate_index"] as const;

export const entriesPrefix = prefix(...ROOM);
/** Ids and fingerprints are plain: nothing in them needs an escape. */
export const entryKey = (id: string): Key => `${entriesPrefix}${id}` as Key;

const MAX_PERSON_BYTES = 1024;

const keysPrefix = prefix(...INDEX, "key");

/** Orders besides that of issuing: keys without a value that end in the id of the entry. */
export const indexPrefixes = {
  user: (user: string) => prefix(...INDEX, ...personPart(user)),
  key: (fingerprint: string) => prefix(...INDEX, "key", keyName(fingerprint)),
  request: (id: string) => prefix(...INDEX, "request", id),
  end: prefix(...INDEX, "end"),
} as const;

export const indexKeys = {
  user: (user: string, id: string) => key(...INDEX, ...personPart(user), id),
  key: (fingerprint: string, id: string) => `${keysPrefix}${keyName(fingerprint)}/${id}` as Key,
  request: (request: string, id: string) => key(...INDEX, "request", request, id),
  end: (expiresAt: number, id: string) => `${indexPrefixes.end}${sortable(expiresAt)}/${id}` as Key,
} as const;

/** SPIFFE IDs may be longer than a segment of a key; what stands for a long one is apart, so that it is nobody's name. */
function personPart(name: string): readonly [string, string] {
  if (Buffer.byteLength(name) <= MAX_PERSON_BYTES) return ["user", name];
  return ["long_user", createHash("sha256").update(name).digest("hex")];
}

/** Keys of what ends before this one ended earlier. */
export const endLimit = (at: number): Key => key(...INDEX, "end", sortable(at));

/** What is revoked; small, watched, and all in memory. */
export const revocationsPrefix = prefix("certificate_revocations");
export const revokedEntryKey = (id: string): Key => key("certificate_revocations", "entry", id);
export const revokedKeyKey = (fingerprint: string): Key =>
  key("certificate_revocations", "key", keyName(fingerprint));
/** Holds the version of the revocation lists; written by every commit that revokes. */
export const stateKey: Key = key("certificate_revocations", "state");

/** The last segment of an index key: the id of the entry. */
export const lastSegment = (path: Key): string => path.slice(path.lastIndexOf("/") + 1);

/** Base64 has a slash, which would need an escape. */
const keyName = (fingerprint: string) => fingerprint.replaceAll("/", "_");

const LAST_SORTABLE_AT = 99_999_999_999_999;

/** Milliseconds with leading zeros, so that the order of keys is that of time; all after the year 5138 is one. */
const sortable = (at: number) =>
  String(Math.min(Math.max(0, Math.floor(at)), LAST_SORTABLE_AT)).padStart(14, "0");
