import { isAppError } from "@sallyport/api";
import { nameIn, revisionIn, setRevision } from "./metadata.ts";
import type { Resource, ResourceStore, WithCommit } from "./resource-store.ts";
import { takeTurns } from "./take-turns.ts";

const MAX_ATTEMPTS = 7;

/** What was found and allowed: the write happens over exactly this, or not at all. */
export interface Looked<M extends Resource, Stored extends M | undefined = M | undefined> {
  /** Undefined where there was nothing; then it is made. */
  readonly stored: Stored;
  readonly commit: WithCommit;
}

/**
 * Writes over what `look` decided on. Somebody who changes it in between would otherwise have their change written
 * over by a decision on something else; so it is decided anew. Sets the revision of `resource`.
 */
export function writeOverStored<M extends Resource>(
  store: ResourceStore<M>,
  resource: M,
  look: () => Promise<Looked<M>>,
): Promise<M> {
  const write = ({ stored, commit }: Looked<M>) => {
    setRevision(resource, stored === undefined ? "" : revisionIn(stored));
    return stored === undefined ? store.create(resource, ...commit) : store.update(resource, ...commit);
  };
  // However many write the same resource at once: none of them asked for it to be as it was.
  return takeTurns(store, nameIn(resource), () => untilUnchanged(look, write));
}

/** Deletes what `look` decided on, in the same way. */
export function deleteStored<M extends Resource>(
  store: ResourceStore<M>,
  look: () => Promise<Looked<M, M>>,
): Promise<void> {
  return untilUnchanged(look, ({ stored, commit }) => store.remove(stored, ...commit));
}

async function untilUnchanged<Found, Result>(
  look: () => Promise<Found>,
  write: (found: Found) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await look();
    try {
      return await write(found);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isChangedMeanwhile(error)) throw error;
    }
  }
}

const isChangedMeanwhile = (error: unknown) =>
  isAppError(error, "COMPARE_FAILED") ||
  isAppError(error, "ALREADY_EXISTS") ||
  isAppError(error, "NOT_FOUND");
