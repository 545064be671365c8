export interface SlotUser {
  /** The slot is theirs; followed by one `release`. */
  begin(): void;
}

/**
 * How many calls of one connection run at a time; the others wait in the order they came. A client that reads no
 * answers so fills its own slots and nobody else's memory.
 */
export class CallSlots {
  readonly #limit: number;
  readonly #waiting: SlotUser[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Begins now or when a slot is free. */
  take(user: SlotUser): void {
    if (this.#running >= this.#limit) {
      this.#waiting.push(user);
      return;
    }
    this.#running += 1;
    user.begin();
  }

  release(): void {
    this.#running -= 1;
    const next = this.#waiting.shift();
    if (next !== undefined) this.take(next);
  }
}
