import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { CertAuthorityV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { newRevision } from "../../kernel/ids.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Backend, Change, Item, Revision } from "../../storage/index.ts";
import { AUTHORITIES } from "../store.ts";
import { newDataKey, openDataKey } from "./data-key.ts";
import { decideEncryption, type EncryptionWish } from "./decide-encryption.ts";
import { deleteRecord, putRecord, readRecord, type StoredRecord } from "./encryption-record.ts";
import { clearKeys, type KeySealing } from "./key-sealing.ts";
import { describeSource, type KeySource } from "./key-source.ts";
import { openedAuthority, sealedAuthority } from "./seal-authority.ts";

export interface EncryptionDeps {
  readonly backend: Backend;
  readonly logger: Logger;
  readonly wish: EncryptionWish & { readonly commandTimeoutMs: number };
}

/**
 * At start, before any authority is read: how private keys are stored from now on. What the configuration says anew is
 * done to all keys in one commit; and then nothing is left in the database of how they were before.
 */
export async function settleKeyEncryption(deps: EncryptionDeps): Promise<KeySealing> {
  const { backend, wish, logger } = deps;
  const stored = await readRecord(backend);
  const plan = decideEncryption(wish, stored?.record.by);
  if (plan.do === "refuse") {
    throw new AppError("BAD_PARAMETER", plan.because, { details: { hint: plan.hint } });
  }
  if (plan.do === "leave in clear") return clearKeys;
  if (plan.do === "begin") return changeKey(deps, { from: clearKeys, stored, to: plan.under });
  if (stored === undefined) throw new AppError("INTERNAL", "nothing to open");
  const { sealing, source } = await openDataKey(stored.record, plan.tries, wish.commandTimeoutMs);
  if (plan.do === "end") {
    await rewrite(backend, sealing, clearKeys, deleteRecord(stored));
    logger.warn("the CA keys are not encrypted any more");
    return clearKeys;
  }
  if (wish.current !== undefined && source !== wish.current) {
    return changeKey(deps, { from: sealing, stored, to: wish.current });
  }
  if (!stored.record.isPurged) await purge(deps);
  return sealing;
}

interface KeyChange {
  readonly from: KeySealing;
  readonly stored: StoredRecord | undefined;
  readonly to: KeySource;
}

async function changeKey(deps: EncryptionDeps, { from, stored, to }: KeyChange): Promise<KeySealing> {
  const { backend, logger, wish } = deps;
  const { sealing, record } = await newDataKey(to, wish.commandTimeoutMs);
  await rewrite(backend, from, sealing, putRecord(record, stored));
  logger.info("the CA keys are encrypted under a new key", { by: describeSource(to) });
  await purge(deps);
  return sealing;
}

/** Every authority with its keys in the other form, and the word on how they are: one commit, or none of it. */
async function rewrite(backend: Backend, from: KeySealing, to: KeySealing, word: Change): Promise<void> {
  const changes: Change[] = [word];
  for await (const item of storedAuthorities(backend)) {
    const authority = openedAuthority(from, fromBinary(CertAuthorityV2Schema, item.value), item.key);
    const revision = newRevision<Revision>();
    if (authority.Metadata !== undefined) authority.Metadata.Revision = revision;
    const value = toBinary(CertAuthorityV2Schema, sealedAuthority(to, authority, item.key));
    const condition = { is: "at", revision: item.revision } as const;
    changes.push({ op: "put", key: item.key, value, revision, expiresAt: item.expiresAt, condition });
  }
  await commit(backend, changes);
}

async function* storedAuthorities(backend: Backend): AsyncGenerator<Item> {
  let after: Item["key"] | undefined;
  for (;;) {
    const page = await backend.list({ prefix: AUTHORITIES, after, limit: 500 });
    yield* page.items;
    after = page.items.at(-1)?.key;
    if (!page.more || after === undefined) return;
  }
}

/**
 * Nothing of before stays on the medium. The newest change stays in the change log with what it replaced, so there is a
 * harmless one first. What fails is tried again at the next start.
 */
async function purge({ backend, logger }: EncryptionDeps): Promise<void> {
  if (backend.purge === undefined) return;
  try {
    await markPurged(backend, false);
    await backend.purge();
    await markPurged(backend, true);
  } catch (error) {
    logger.error("old forms of the CA keys may be left in the database file; the next start tries again", {
      error,
    });
  }
}

async function markPurged(backend: Backend, isPurged: boolean): Promise<void> {
  const stored = await readRecord(backend);
  if (stored !== undefined) await commit(backend, [putRecord({ ...stored.record, isPurged }, stored)]);
}

async function commit(backend: Backend, changes: readonly Change[]): Promise<void> {
  const result = await backend.commit(changes);
  if (!result.ok) {
    throw new AppError(
      "UNAVAILABLE",
      "somebody else changed the authorities while their keys were encrypted",
    );
  }
}
