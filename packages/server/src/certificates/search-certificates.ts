import { AppError } from "@sallyport/api";
import { type Backend, type Key, segmentsOf } from "../storage/index.ts";
import { type Certificate, type CertificateKind, isCurrent, peopleOf } from "./certificate.ts";
import { endLimit, entriesPrefix, entryKey, indexPrefixes, lastSegment } from "./keys.ts";
import type { RevokedCertificate } from "./revocation.ts";
import type { RevocationView } from "./revocation-view.ts";
import { type AskedSerial, isEntryId } from "./serial.ts";
import { decodeCertificate } from "./store.ts";

/** Which entries are wanted; what is left out is any. Instants are milliseconds since 1970. */
export interface CertificateFilter {
  /** Whom it names, or who asked for it. */
  readonly user?: string | undefined;
  readonly serial?: AskedSerial | undefined;
  /** In the one form of fingerprints. */
  readonly fingerprint?: string | undefined;
  readonly principal?: string | undefined;
  readonly kind?: CertificateKind | undefined;
  readonly accessRequest?: string | undefined;
  /** Still good, and ends before this. */
  readonly expiresBeforeAt?: number | undefined;
  readonly revokedOnly?: boolean | undefined;
  /** Still good, and not revoked. */
  readonly goodOnly?: boolean | undefined;
}

export interface CertificateSearch {
  readonly filter: CertificateFilter;
  readonly limit: number;
  /** `nextToken` of the page before, "" for the first. */
  readonly token: string;
  readonly now: number;
  /** Most bytes of entries that a page holds, above the first. */
  readonly maxBytes: number;
}

/** An entry as it was found. */
export interface FoundEntry {
  readonly certificate: Certificate;
  /** What is stored and sent of it. */
  readonly bytes: Uint8Array;
  readonly revoked: RevokedCertificate | undefined;
}

interface CertificatePage {
  readonly entries: readonly FoundEntry[];
  /** "" when there is no more. */
  readonly nextToken: string;
}

export interface SearchDeps {
  readonly backend: Backend;
  readonly revocations: RevocationView;
}

/** Entries that one call looks at, so that none takes longer than some milliseconds; then the page is short. */
const MAX_LOOKED_AT = 400;

/** One page, found by the narrowest order that the filter names, whatever the size of the inventory. */
export async function searchCertificates(
  deps: SearchDeps,
  search: CertificateSearch,
): Promise<CertificatePage> {
  const { filter, limit, now, maxBytes } = search;
  const entries: FoundEntry[] = [];
  let bytes = 0;
  const walk = await idsOf(deps, search);
  let before = search.token;
  for (const { id, token } of walk.ids) {
    const entry = await findEntry(deps, id);
    if (entry !== undefined && matches(filter, entry, now)) {
      bytes += entry.bytes.length;
      const isFull = entries.length === limit || (entries.length > 0 && bytes > maxBytes);
      if (isFull) return { entries, nextToken: before };
      entries.push(entry);
    }
    before = token;
  }
  return { entries, nextToken: walk.more ? before : "" };
}

export async function findEntry(
  { backend, revocations }: SearchDeps,
  id: string,
): Promise<FoundEntry | undefined> {
  const item = await backend.get(entryKey(id));
  if (item === undefined) return undefined;
  const certificate = decodeCertificate(item.value);
  return { certificate, bytes: item.value, revoked: revocations.ofEntry(id) };
}

/** The entry that one of whose certificates has this very number. */
export async function findBySerial(deps: SearchDeps, serial: AskedSerial): Promise<FoundEntry | undefined> {
  const entry = await findEntry(deps, serial.id);
  return entry !== undefined && hasSerial(entry.certificate, serial) ? entry : undefined;
}

/** An id, and the token of a page that begins after it. */
interface Step {
  readonly id: string;
  readonly token: string;
}

interface Walk {
  readonly ids: readonly Step[];
  readonly more: boolean;
}

async function idsOf({ backend, revocations }: SearchDeps, search: CertificateSearch): Promise<Walk> {
  const { filter, token, now } = search;
  if (filter.serial !== undefined) return { ids: [{ id: filter.serial.id, token: "" }], more: false };
  if (filter.expiresBeforeAt !== undefined) {
    return walkEnds(backend, token, now, filter.expiresBeforeAt);
  }
  if (token !== "" && !isEntryId(token)) throw badToken();
  if (filter.revokedOnly === true) return walkRevoked(revocations, token);
  const prefix = prefixOf(filter);
  const after = token === "" ? undefined : (`${prefix}${token}` as Key);
  const page = await backend.list({ prefix, after, limit: MAX_LOOKED_AT, reverse: true });
  const ids = page.items.map(({ key }) => ({ id: lastSegment(key), token: lastSegment(key) }));
  return { ids, more: page.more };
}

function prefixOf({ fingerprint, accessRequest, user }: CertificateFilter): Key {
  if (fingerprint !== undefined) return indexPrefixes.key(fingerprint);
  if (accessRequest !== undefined) return indexPrefixes.request(accessRequest);
  return user === undefined ? entriesPrefix : indexPrefixes.user(user);
}

async function walkEnds(backend: Backend, token: string, now: number, before: number): Promise<Walk> {
  if (token !== "" && !/^\d{14}\/[0-9a-f]{16}$/.test(token)) throw badToken();
  const after = token === "" ? endLimit(now) : (`${indexPrefixes.end}${token}` as Key);
  const page = await backend.list({
    prefix: indexPrefixes.end,
    after,
    until: endLimit(before),
    limit: MAX_LOOKED_AT,
  });
  const ids = page.items.map(({ key }) => {
    const [, , , end = "", id = ""] = segmentsOf(key);
    return { id, token: `${end}/${id}` };
  });
  return { ids, more: page.more };
}

function walkRevoked(revocations: RevocationView, token: string): Walk {
  const all = [...revocations.entries()].map(({ certificate }) => certificate.id).sort();
  const left = (token === "" ? all : all.filter((id) => id < token)).reverse();
  const ids = left.slice(0, MAX_LOOKED_AT).map((id) => ({ id, token: id }));
  return { ids, more: left.length > ids.length };
}

function matches(filter: CertificateFilter, { certificate, revoked }: FoundEntry, now: number): boolean {
  const { user, serial, fingerprint, principal, kind, accessRequest } = filter;
  if (user !== undefined && !peopleOf(certificate).has(user)) return false;
  if (serial !== undefined && !hasSerial(certificate, serial)) return false;
  if (fingerprint !== undefined && !hasKey(certificate, fingerprint)) return false;
  if (principal !== undefined && !certificate.principals.includes(principal)) return false;
  if (kind !== undefined && certificate.kind !== kind) return false;
  if (accessRequest !== undefined && !certificate.accessRequests.includes(accessRequest)) return false;
  if (filter.revokedOnly === true && revoked === undefined) return false;
  return filter.goodOnly !== true || (revoked === undefined && isCurrent(certificate, now));
}

/** A token has its number (`jti`) alone, which begins with the id of the entry. */
function hasSerial({ id, ssh, x509 }: Certificate, asked: AskedSerial): boolean {
  if (asked.ssh !== undefined) return ssh?.serial === asked.ssh;
  if (ssh === undefined && x509 === undefined) return asked.x509?.startsWith(id) === true;
  return x509?.serial === asked.x509;
}

const hasKey = ({ ssh, x509 }: Certificate, fingerprint: string) =>
  ssh?.fingerprint === fingerprint || x509?.fingerprint === fingerprint;

const badToken = () => new AppError("BAD_PARAMETER", "the page token is not one that this service gave out");
