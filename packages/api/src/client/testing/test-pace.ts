import type { Pace } from "../pace.ts";

const longMs = 15_000;

/** Time that passes only in waits: short ones end at once, those of 15 s and more never, but for the first few. */
export class TestPace implements Pace {
  readonly waited: number[] = [];
  #now = 1_700_000_000_000;
  #elapsing: number;

  /** @param elapsing - how many long waits do end */
  constructor(elapsing = 0) {
    this.#elapsing = elapsing;
  }

  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms >= longMs && this.#elapsing-- <= 0) {
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    }
    this.waited.push(ms);
    this.#now += ms;
  }

  random(): number {
    return 1;
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
