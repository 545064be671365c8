import { uuidV7Run } from "../kernel/ids.ts";

/** The place of an entry in the log. Its id begins with its time, so both are always of one instant. */
export interface EntryPlace {
  readonly uid: string;
  readonly time: string;
}

/** A clock that steps back by less than this waits, so that a reader who follows the log misses nothing. */
const WAIT_FOR_CLOCK_MS = 5000;

/**
 * Gives out places in order. A clock that steps back further is followed: entries would otherwise stand in the future,
 * where a search up to now does not see them.
 */
export function openEntryPlaces(): (now: number) => EntryPlace {
  let next = uuidV7Run();
  let latestAt = 0;
  return (now) => {
    if (now < latestAt - WAIT_FOR_CLOCK_MS) {
      next = uuidV7Run();
      latestAt = now;
    }
    latestAt = Math.max(latestAt, now);
    const uid = next(now);
    return { uid, time: new Date(instantOf(uid)).toISOString() };
  };
}

/** Milliseconds since 1970 that a UUIDv7 begins with (RFC 9562 section 5.7). */
function instantOf(uid: string): number {
  return Number.parseInt(uid.slice(0, 8) + uid.slice(9, 13), 16);
}
