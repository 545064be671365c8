import { setImmediate } from "node:timers/promises";

/**
 * Lets all others go first. A walk over many keys waits here between its chunks: storage answers within the same
 * turn of the event loop, so that a long walk would otherwise hold up every other call until its end.
 */
export async function giveWay(): Promise<void> {
  await setImmediate();
}
