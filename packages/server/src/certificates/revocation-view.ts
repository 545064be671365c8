import { AppError } from "@sallyport/api";
import type { Clock } from "../kernel/clock.ts";
import { newRevision } from "../kernel/ids.ts";
import type { ShownCertificate } from "../rpc/index.ts";
import type {
  Backend,
  Change,
  Condition,
  Item,
  Key,
  Revision,
  StoredChange,
  Watch,
} from "../storage/index.ts";
import { allFingerprints, type CertifiedKeys } from "./fingerprint.ts";
import { revocationsPrefix, stateKey } from "./keys.ts";
import type { RevokedCertificate, RevokedKey } from "./revocation.ts";
import { idOfSerial, x509SerialText } from "./serial.ts";
import { decodeRevocation } from "./store.ts";

/** All that is revoked, in memory, kept true within the very write, so that a revocation hits at the next call. */
export interface RevocationView {
  /** The version of the revocation lists: goes up with every revocation, also over restarts and restores. */
  readonly version: number;
  /** How the entry was revoked; undefined where it is not. */
  ofEntry(id: string): RevokedCertificate | undefined;
  ofKey(fingerprint: string): RevokedKey | undefined;
  /** How a certificate that somebody shows was revoked: by itself, or by its key. */
  ofShown(shown: ShownCertificate): RevokedCertificate | RevokedKey | undefined;
  /** How one of the keys was revoked, in whatever form it was named. */
  ofKeys(keys: CertifiedKeys): RevokedKey | undefined;
  entries(): Iterable<RevokedCertificate>;
  keys(): Iterable<RevokedKey>;
  /** Writes the next version of the lists; has to be in every commit that revokes. */
  next(now: number): Change;
  /** Makes a commit depend on nothing having been revoked since this was asked for. */
  unchanged(): Change;
  /** Hears within the write of each that is revoked. Must not throw. */
  onRevoked(heard: (revoked: RevokedCertificate | RevokedKey) => void): () => void;
  close(): void;
}

const LOAD_CHUNK = 1000;

export async function openRevocationView(backend: Backend, clock: Clock): Promise<RevocationView> {
  const view = new Revocations();
  await view.open(backend);
  await settleVersion(backend, view, clock.now());
  return view;
}

/**
 * A store that comes from a backup may be older than the lists that were given out: it has another epoch, and the
 * version goes on from the clock.
 */
async function settleVersion(backend: Backend, view: Revocations, now: number): Promise<void> {
  const { version, epoch, ownEpoch } = view;
  if (version === 0 || epoch === ownEpoch) return;
  const { ok } = await backend.commit([view.next(now)]);
  if (!ok) throw new AppError("COMPARE_FAILED", "the version of the revocation lists changed at the start");
}

class Revocations implements RevocationView {
  readonly #entries = new Map<string, RevokedCertificate>();
  readonly #keys = new Map<string, RevokedKey>();
  readonly #byStorageKey = new Map<Key, { forget(): void }>();
  readonly #listeners = new Set<(revoked: RevokedCertificate | RevokedKey) => void>();
  #watch: Watch | undefined;
  #changedWhileLoading: Set<Key> | undefined = new Set();
  #version = 0;
  #epoch = "";
  #ownEpoch = "";
  #stateRevision: Revision | undefined;

  get version(): number {
    return this.#version;
  }

  /** Of the store that the version was written in. */
  get epoch(): string {
    return this.#epoch;
  }

  get ownEpoch(): string {
    return this.#ownEpoch;
  }

  async open(backend: Backend): Promise<void> {
    this.#watch = await backend.watch({
      prefixes: [revocationsPrefix],
      onChanges: (changes) => this.#apply(changes),
    });
    this.#ownEpoch = this.#watch.cursor.split(":")[0] ?? "";
    let after: Key | undefined;
    do {
      const page = await backend.list({ prefix: revocationsPrefix, after, limit: LOAD_CHUNK });
      for (const item of page.items) if (!this.#changedWhileLoading?.has(item.key)) this.#put(item);
      after = page.more ? page.items.at(-1)?.key : undefined;
    } while (after !== undefined);
    this.#changedWhileLoading = undefined;
  }

  ofEntry(id: string): RevokedCertificate | undefined {
    return this.#entries.get(id);
  }

  ofKey(fingerprint: string): RevokedKey | undefined {
    return this.#keys.get(fingerprint);
  }

  /** The whole serial number and the authority have to be those of the entry: an id alone is half of a number. */
  ofShown({ caType, serialNumber, spki }: ShownCertificate): RevokedCertificate | RevokedKey | undefined {
    const byKey = this.ofKeys({ x509: spki });
    if (byKey !== undefined || this.#entries.size === 0) return byKey;
    const serial = x509SerialText(serialNumber);
    const revoked = this.#entries.get(idOfSerial(serial) ?? "");
    const isThis = revoked?.certificate.x509?.serial === serial && revoked.certificate.caType === caType;
    return isThis ? revoked : undefined;
  }

  ofKeys(keys: CertifiedKeys): RevokedKey | undefined {
    if (this.#keys.size === 0) return undefined;
    for (const fingerprint of allFingerprints(keys)) {
      const revoked = this.#keys.get(fingerprint);
      if (revoked !== undefined) return revoked;
    }
    return undefined;
  }

  entries(): Iterable<RevokedCertificate> {
    return this.#entries.values();
  }

  keys(): Iterable<RevokedKey> {
    return this.#keys.values();
  }

  next(now: number): Change {
    const version = Math.max(this.#version + 1, Math.floor(now));
    const value = Buffer.from(`${version} ${this.#ownEpoch}`);
    return { op: "put", key: stateKey, value, revision: newRevision<Revision>(), condition: this.#asItIs() };
  }

  unchanged(): Change {
    return { op: "check", key: stateKey, condition: this.#asItIs() };
  }

  onRevoked(heard: (revoked: RevokedCertificate | RevokedKey) => void): () => void {
    this.#listeners.add(heard);
    return () => this.#listeners.delete(heard);
  }

  close(): void {
    this.#watch?.close();
    this.#listeners.clear();
  }

  #asItIs(): Condition {
    const revision = this.#stateRevision;
    return revision === undefined ? { is: "absent" } : { is: "at", revision };
  }

  #apply(changes: readonly StoredChange[]): void {
    for (const { key, item } of changes) {
      this.#changedWhileLoading?.add(key);
      const revoked = item === undefined ? this.#remove(key) : this.#put(item);
      if (revoked === undefined) continue;
      for (const heard of this.#listeners) heard(revoked);
    }
  }

  #put(item: Item): RevokedCertificate | RevokedKey | undefined {
    this.#remove(item.key);
    if (item.key === stateKey) {
      const [version = "", epoch = ""] = Buffer.from(item.value).toString().split(" ");
      this.#version = Number(version);
      this.#epoch = epoch;
      this.#stateRevision = item.revision;
      return undefined;
    }
    const revoked = decodeRevocation(item.value);
    if ("fingerprint" in revoked) {
      this.#keys.set(revoked.fingerprint, revoked);
      this.#byStorageKey.set(item.key, { forget: () => this.#keys.delete(revoked.fingerprint) });
    } else {
      const { id } = revoked.certificate;
      this.#entries.set(id, revoked);
      this.#byStorageKey.set(item.key, { forget: () => this.#entries.delete(id) });
    }
    return revoked;
  }

  #remove(key: Key): undefined {
    this.#byStorageKey.get(key)?.forget();
    this.#byStorageKey.delete(key);
    return undefined;
  }
}
