import { AppError } from "@sallyport/api";
import { newRevision } from "../kernel/ids.ts";
import type { Call } from "../rpc/index.ts";
import type { Backend, Change, Key, Revision } from "../storage/index.ts";
import { type Certificate, keysOf, peopleOf } from "./certificate.ts";
import type { CertifiedKeys } from "./fingerprint.ts";
import { entryKey, indexKeys, stateKey } from "./keys.ts";
import type { RevocationView } from "./revocation-view.ts";
import { type IssueNumber, openIssueNumbers } from "./serial.ts";
import type { RevocationPointers } from "./serving/revocation-pointers.ts";
import { encodeCertificate } from "./store.ts";

/** What whoever issues certificates needs of the inventory. */
export interface Inventory {
  /** Numbers for what is about to be issued. */
  next(now: number): IssueNumber;
  /** Extensions of X.509 certificates that say where their revocation is asked for; none unless configured. */
  readonly pointers: RevocationPointers;
  /** Throws where one of the keys is revoked, or the certificate that is shown for it. */
  refuseRevoked(issue: Pick<Issue, "keys" | "call">): void;
  /**
   * Records what was issued, in one commit with the other changes; what is recorded may be released. Refuses as
   * `refuseRevoked` does, and where a lock is in force, whenever the revocation or the lock comes.
   */
  record(issue: Issue, ...changes: readonly Change[]): Promise<void>;
}

/** One act of issuing. */
export interface Issue {
  readonly certificate: Certificate;
  readonly keys: CertifiedKeys;
  /** Who asks for it, and when; undefined where the service issues for itself. */
  readonly call?: Pick<Call, "caller" | "now"> | undefined;
  /** Throws where a lock is in force on whom it names, if that is not the caller. */
  refuseLocked?(): void;
}

export interface InventoryDeps {
  readonly backend: Backend;
  readonly revocations: RevocationView;
  /** How long an entry is kept after its certificates have ended; left out, 30 days. */
  readonly rememberMs?: number | undefined;
  /** Left out, certificates name no place. */
  readonly pointers?: RevocationPointers | undefined;
}

export const REMEMBER_MS = 30 * 24 * 3_600_000;
const MAX_ATTEMPTS = 7;

export function openInventory(deps: InventoryDeps): Inventory {
  const { backend, revocations, rememberMs = REMEMBER_MS, pointers = () => [] } = deps;
  return {
    next: openIssueNumbers(),
    pointers,
    refuseRevoked: (issue) => refuse(revocations, issue),
    record: async (issue, ...changes) => {
      const entry = recordChanges(issue.certificate, rememberMs);
      for (let attempt = 1; ; attempt += 1) {
        refuse(revocations, issue);
        refuseLocked(issue);
        const result = await backend.commit([...changes, ...entry, revocations.unchanged()]);
        // A lock that was written before it is in force by now: then it is recorded, but not released.
        if (result.ok) return refuseLocked(issue);
        // Something was revoked on the way: it may have been this.
        if (result.key !== stateKey || attempt === MAX_ATTEMPTS) throw new AppError("COMPARE_FAILED");
      }
    },
  };
}

function refuseLocked({ call, ...issue }: Pick<Issue, "call" | "refuseLocked">): void {
  issue.refuseLocked?.();
  const lock = call?.caller.lockedBy?.(call.now);
  if (lock !== undefined) throw new AppError("LOCKED", undefined, { cause: lock });
}

function refuse(revocations: RevocationView, { keys, call }: Pick<Issue, "keys" | "call">): void {
  const shown = call?.caller.certificate;
  if (shown !== undefined && revocations.ofShown(shown) !== undefined) {
    throw new AppError("CERTIFICATE_REVOKED");
  }
  const revoked = revocations.ofKeys(keys);
  if (revoked === undefined) return;
  throw new AppError(
    "CERTIFICATE_REVOKED",
    `the key ${revoked.fingerprint} is revoked: no certificate is issued for it; make a new key`,
  );
}

/** The entry and the keys by which it is found; few, because each is a part of the cost of issuing. */
function recordChanges(certificate: Certificate, rememberMs: number): readonly Change[] {
  const { id, expiresAt, accessRequests } = certificate;
  const revision = newRevision<Revision>();
  const forgetAt = expiresAt === undefined ? undefined : expiresAt + rememberMs;
  const put = (key: Key, value: Uint8Array, is: "absent" | "any"): Change => ({
    op: "put",
    key,
    value,
    revision,
    expiresAt: forgetAt,
    condition: { is },
  });
  const index = [
    ...Array.from(peopleOf(certificate), (name) => indexKeys.user(name, id)),
    ...keysOf(certificate).map((key) => indexKeys.key(key, id)),
    ...(expiresAt === undefined ? [] : [indexKeys.end(expiresAt, id)]),
    ...accessRequests.map((request) => indexKeys.request(request, id)),
  ];
  // The id is half of either serial number: no number is ever given out twice.
  return [
    put(entryKey(id), encodeCertificate(certificate), "absent"),
    ...index.map((key) => put(key, noValue, "any")),
  ];
}

const noValue = new Uint8Array();
