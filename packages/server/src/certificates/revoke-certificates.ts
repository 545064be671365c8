import { AppError } from "@sallyport/api";
import type { AuditEntry } from "../audit/index.ts";
import { newRevision } from "../kernel/ids.ts";
import { takeTurns } from "../resources/index.ts";
import type { Call } from "../rpc/index.ts";
import type { Change, Key, Revision } from "../storage/index.ts";
import { isCurrent } from "./certificate.ts";
import { certificatesRevoked } from "./events.ts";
import { indexPrefixes, lastSegment, revokedEntryKey, revokedKeyKey } from "./keys.ts";
import { REMEMBER_MS } from "./record-certificate.ts";
import type { RevocationGround } from "./revocation.ts";
import { type FoundEntry, findBySerial, findEntry, type SearchDeps } from "./search-certificates.ts";
import type { AskedSerial } from "./serial.ts";
import { encodeRevokedCertificate, encodeRevokedKey } from "./store.ts";

/** What is to be revoked. */
export type RevocationSelector =
  | { readonly by: "id"; readonly id: string }
  | { readonly by: "serial"; readonly serial: AskedSerial; readonly text: string }
  | { readonly by: "user"; readonly user: string }
  | { readonly by: "fingerprint"; readonly fingerprint: string }
  | { readonly by: "access_request"; readonly accessRequest: string };

export interface RevocationWish {
  readonly selector: RevocationSelector;
  readonly reason: string;
  readonly dryRun: boolean;
}

export interface RevokeDeps extends SearchDeps {
  auditChange(entry: AuditEntry): Change;
  readonly rememberMs?: number | undefined;
}

interface RevocationReport {
  readonly count: number;
  /** Those that were revoked now, or would be; not all of them where they are many. */
  readonly entries: readonly FoundEntry[];
  readonly alreadyRevoked: number;
  readonly keyRevoked: boolean;
}

const MAX_REPORTED = 1000;
/** Entries of one commit, which has one entry in the audit log. */
const BATCH = 200;
const CHUNK = 1000;
const MAX_ATTEMPTS = 20;

/**
 * Revokes what is selected. It is looked for again until nothing is left: a certificate that one of these asked for
 * while they were being revoked is found as well, and once they are, they can ask for no more.
 */
export async function revokeCertificates(
  deps: RevokeDeps,
  wish: RevocationWish,
  call: Call,
): Promise<RevocationReport> {
  const { selector, reason } = wish;
  const ground = { revokedAt: call.now, by: call.caller.name, reason, selector: textOf(selector) };
  const first = await select(deps, selector, call.now);
  if (wish.dryRun) return plannedReport(deps, selector, first);
  const keyRevoked =
    selector.by === "fingerprint" && (await revokeKey(deps, selector.fingerprint, ground, call));
  const revoked: FoundEntry[] = [];
  let count = 0;
  for (let left = first.fresh; left.length > 0; left = (await select(deps, selector, call.now)).fresh) {
    for (let at = 0; at < left.length; at += BATCH) {
      const done = await revokeBatch(deps, left.slice(at, at + BATCH), ground, call);
      count += done.length;
      revoked.push(...done.slice(0, MAX_REPORTED - revoked.length));
    }
  }
  const entries = revoked.map((entry) => ({
    ...entry,
    revoked: deps.revocations.ofEntry(entry.certificate.id),
  }));
  return { count, entries, alreadyRevoked: first.already, keyRevoked };
}

function plannedReport(
  { revocations }: RevokeDeps,
  selector: RevocationSelector,
  { fresh, already }: Selected,
): RevocationReport {
  const keyRevoked = selector.by === "fingerprint" && revocations.ofKey(selector.fingerprint) === undefined;
  return { count: fresh.length, entries: fresh.slice(0, MAX_REPORTED), alreadyRevoked: already, keyRevoked };
}

interface Selected {
  readonly fresh: readonly FoundEntry[];
  readonly already: number;
}

async function select(deps: SearchDeps, selector: RevocationSelector, now: number): Promise<Selected> {
  const fresh: FoundEntry[] = [];
  let already = 0;
  for await (const entry of selected(deps, selector)) {
    if (entry.revoked !== undefined) already += 1;
    else if (isCurrent(entry.certificate, now)) fresh.push(entry);
    else if (selector.by === "id" || selector.by === "serial") {
      throw new AppError("BAD_PARAMETER", "the certificate has ended, so there is nothing to revoke");
    }
  }
  return { fresh, already };
}

async function* selected(deps: SearchDeps, selector: RevocationSelector): AsyncGenerator<FoundEntry> {
  if (selector.by === "id" || selector.by === "serial") {
    const named = selector.by === "id" ? findEntry(deps, selector.id) : findBySerial(deps, selector.serial);
    const entry = await named;
    if (entry === undefined) {
      const what = selector.by === "id" ? `the id ${selector.id}` : `the serial number ${selector.text}`;
      throw new AppError(
        "NOT_FOUND",
        `no certificate was issued with ${what}; its key can be revoked instead`,
      );
    }
    yield entry;
    return;
  }
  const prefix = prefixOf(selector);
  let after: Key | undefined;
  do {
    const page = await deps.backend.list({ prefix, after, limit: CHUNK });
    for (const { key } of page.items) {
      const entry = await findEntry(deps, lastSegment(key));
      if (entry !== undefined) yield entry;
    }
    after = page.more ? page.items.at(-1)?.key : undefined;
  } while (after !== undefined);
}

function prefixOf(selector: Exclude<RevocationSelector, { by: "id" | "serial" }>): Key {
  switch (selector.by) {
    case "user":
      return indexPrefixes.user(selector.user);
    case "fingerprint":
      return indexPrefixes.key(selector.fingerprint);
    case "access_request":
      return indexPrefixes.request(selector.accessRequest);
  }
}

function textOf(selector: RevocationSelector): string {
  switch (selector.by) {
    case "id":
    case "serial":
      return "";
    case "user":
      return `user=${selector.user}`;
    case "fingerprint":
      return `fingerprint=${selector.fingerprint}`;
    case "access_request":
      return `access_request=${selector.accessRequest}`;
  }
}

/** Before the certificates of the key, so that none is issued for it any more while they are looked for. */
async function revokeKey(
  deps: RevokeDeps,
  fingerprint: string,
  ground: RevocationGround,
  call: Call,
): Promise<boolean> {
  return commitNext(deps, call.now, () => {
    if (deps.revocations.ofKey(fingerprint) !== undefined) return undefined;
    const value = encodeRevokedKey({ ...ground, fingerprint });
    const put = putAbsent(revokedKeyKey(fingerprint), value, undefined);
    return [put, deps.auditChange(certificatesRevoked(ground, [], fingerprint, call))];
  });
}

/** Those of the batch that somebody else did not revoke in the meantime. */
async function revokeBatch(
  deps: RevokeDeps,
  batch: readonly FoundEntry[],
  ground: RevocationGround,
  call: Call,
): Promise<readonly FoundEntry[]> {
  let fresh: readonly FoundEntry[] = batch;
  await commitNext(deps, call.now, () => {
    fresh = batch.filter(({ certificate }) => deps.revocations.ofEntry(certificate.id) === undefined);
    if (fresh.length === 0) return undefined;
    const certificates = fresh.map(({ certificate }) => certificate);
    const puts = certificates.map((certificate) => {
      const { expiresAt } = certificate;
      const forgetAt = expiresAt === undefined ? undefined : expiresAt + (deps.rememberMs ?? REMEMBER_MS);
      return putAbsent(
        revokedEntryKey(certificate.id),
        encodeRevokedCertificate({ ...ground, certificate }),
        forgetAt,
      );
    });
    return [...puts, deps.auditChange(certificatesRevoked(ground, certificates, undefined, call))];
  });
  return fresh;
}

/** Commits with the next version of the lists. Whoever comes second decides anew; undefined = nothing to do. */
async function commitNext(
  { backend, revocations }: SearchDeps,
  now: number,
  decide: () => readonly Change[] | undefined,
): Promise<boolean> {
  return takeTurns(revocations, "next version", async () => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const changes = decide();
      if (changes === undefined) return false;
      const { ok } = await backend.commit([...changes, revocations.next(now)]);
      if (ok) return true;
    }
    throw new AppError("COMPARE_FAILED", "others are revoking as well; try again");
  });
}

const putAbsent = (key: Key, value: Uint8Array, expiresAt: number | undefined): Change => ({
  op: "put",
  key,
  value,
  revision: newRevision<Revision>(),
  expiresAt,
  condition: { is: "absent" },
});
