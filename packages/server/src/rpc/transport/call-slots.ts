/**
 * How many calls of one connection run at a time; the others wait in the order they came. A client that reads no
 * answers so fills its own slots and nobody else's memory.
 */
export class CallSlots {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `begin` now or when a slot is free. Each call of `begin` is followed by one `release`. */
  take(begin: () => void): void {
    if (this.#running >= this.#limit) {
      this.#waiting.push(begin);
      return;
    }
    this.#running += 1;
    begin();
  }

  release(): void {
    this.#running -= 1;
    const next = this.#waiting.shift();
    if (next !== undefined) this.take(next);
  }
}
