import type { RingEvent } from "./ring-event.ts";

/** How many events a stream may be behind before it is ended. */
export const RING_CAPACITY = 8192;
/** What the events may hold in memory together; large ones leave fewer places. */
const RING_BYTES = 64 * 1024 * 1024;

/**
 * The last events, shared by all streams; a stream is only a position in it, so a slow reader costs nobody
 * anything and is told when it has been overtaken.
 */
export class EventRing {
  readonly #events: (RingEvent | undefined)[];
  readonly #capacity: number;
  readonly #maxBytes: number;
  #start = 0;
  #end = 0;
  #bytes = 0;
  #waiters: (() => void)[] = [];

  constructor(capacity: number = RING_CAPACITY, maxBytes: number = RING_BYTES) {
    this.#capacity = capacity;
    this.#maxBytes = maxBytes;
    this.#events = new Array(capacity);
  }

  /** Position after the newest event. */
  get end(): number {
    return this.#end;
  }

  /** Position of the oldest event that is still there. */
  get start(): number {
    return this.#start;
  }

  publish(events: readonly RingEvent[]): void {
    for (const event of events) {
      if (this.#end - this.#start === this.#capacity) this.#dropOldest();
      this.#events[this.#end % this.#capacity] = event;
      this.#end += 1;
      this.#bytes += event.bytes;
      while (this.#bytes > this.#maxBytes && this.#start < this.#end - 1) this.#dropOldest();
    }
    if (events.length > 0) this.wake();
  }

  #dropOldest(): void {
    const slot = this.#start % this.#capacity;
    this.#bytes -= this.#events[slot]?.bytes ?? 0;
    this.#events[slot] = undefined;
    this.#start += 1;
  }

  /** The event at a position, or undefined when it was overwritten. */
  at(position: number): RingEvent | undefined {
    return position < this.#start || position >= this.#end
      ? undefined
      : this.#events[position % this.#capacity];
  }

  /** The first position whose event has a sequence after the given one. */
  positionAfter(sequence: number): number {
    let position = this.#end;
    while (position > this.#start && (this.at(position - 1)?.sequence ?? 0) > sequence) position -= 1;
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
