import type { RingEvent } from "./ring-event.ts";

/** How many events a stream may be behind before it is ended. */
export const RING_CAPACITY = 8192;

/**
 * The last events, shared by all streams; a stream is only a position in it, so a slow reader costs nobody
 * anything and is told when it has been overtaken.
 */
export class EventRing {
  readonly #events: (RingEvent | undefined)[];
  readonly #capacity: number;
  #end = 0;
  #waiters: (() => void)[] = [];

  constructor(capacity: number = RING_CAPACITY) {
    this.#capacity = capacity;
    this.#events = new Array(capacity);
  }

  /** Position after the newest event. */
  get end(): number {
    return this.#end;
  }

  /** Position of the oldest event that is still there. */
  get start(): number {
    return Math.max(0, this.#end - this.#capacity);
  }

  publish(events: readonly RingEvent[]): void {
    for (const event of events) {
      this.#events[this.#end % this.#capacity] = event;
      this.#end += 1;
    }
    if (events.length > 0) this.wake();
  }

  /** The event at a position, or undefined when it was overwritten. */
  at(position: number): RingEvent | undefined {
    return position < this.start || position >= this.#end
      ? undefined
      : this.#events[position % this.#capacity];
  }

  /** The first position whose event has a sequence after the given one. */
  positionAfter(sequence: number): number {
    let position = this.#end;
    while (position > this.start && (this.at(position - 1)?.sequence ?? 0) > sequence) position -= 1;
    return position;
  }

  /** Resolves when there is something after the position (or something else woke the streams). */
  changed(position: number): Promise<void> {
    if (position < this.#end) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Lets every waiting stream look again. */
  wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}
