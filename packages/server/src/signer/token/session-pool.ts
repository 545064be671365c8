/** Sessions that each do one thing at a time; who finds none free waits, first come, first served. */
export class SessionPool {
  readonly #free: number[];
  readonly #waiting: ((session: number) => void)[] = [];

  constructor(sessions: readonly number[]) {
    this.#free = [...sessions];
  }

  async use<T>(act: (session: number) => Promise<T>): Promise<T> {
    const session = this.#free.pop() ?? (await new Promise<number>((resolve) => this.#waiting.push(resolve)));
    try {
      return await act(session);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(session);
      else next(session);
    }
  }
}
