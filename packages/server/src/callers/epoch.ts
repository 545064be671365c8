import { type Backend, prefix } from "../storage/index.ts";

/** Counts the changes that may make a caller somebody else: of roles, users, locks, authorities and revocations. */
export interface CallerEpoch {
  /** Another number at every look once changes are not heard of any more, so that nothing kept is trusted. */
  now(): number;
  onChange(listener: () => void): () => void;
  close(): void;
}

const watched = ["roles", "users", "locks", "remote_locks", "authorities", "certificate_revocations"];

/** The count goes up within the very write, so that the next call is looked at anew. */
export async function openCallerEpoch(backend: Backend): Promise<CallerEpoch> {
  const listeners = new Set<() => void>();
  let epoch = 0;
  let isDeaf = false;
  const watch = await backend.watch({
    prefixes: watched.map((room) => prefix(room)),
    onChanges: () => {
      epoch += 1;
      for (const listener of listeners) listener();
    },
    onEnd: () => {
      isDeaf = true;
    },
  });
  return {
    now: () => {
      if (isDeaf) epoch += 1;
      return epoch;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      isDeaf = true;
      watch.close();
    },
  };
}
