export interface TurnUser {
  /** Begins its work; what it still waits for goes on later, by turns with the others'. */
  start(): void;
}

/**
 * Calls that came in during one turn of the event loop, started together when all sockets were read. Their handlers
 * then take the same steps one after the other, and find the processor's caches full of each other's code instead of
 * the transport's: with certificates that saves a fifth of what a call costs (docs/performance.md).
 */
export class CallTurn {
  #calls: TurnUser[] = [];

  add(call: TurnUser): void {
    if (this.#calls.push(call) === 1) setImmediate(() => this.#start());
  }

  #start(): void {
    const calls = this.#calls;
    this.#calls = [];
    for (const call of calls) call.start();
  }
}
