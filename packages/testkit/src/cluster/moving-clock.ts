import { type Clock, systemClock } from "@sallyport/server";

interface Timer {
  readonly at: number;
  readonly run: () => void;
  cancel: () => void;
}

/** Time that goes on as it does outside, and can be moved ahead. */
export class MovingClock implements Clock {
  #aheadMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { at: this.now() + ms, run, cancel: () => {} };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => this.#drop(timer);
  }

  /** Moves time ahead by `ms`; what falls due on the way runs before this returns, in order. */
  advance(ms: number): void {
    const end = this.#aheadMs + ms;
    for (let next = this.#due(ms); next !== undefined; next = this.#due(end - this.#aheadMs)) {
      this.#aheadMs = Math.max(this.#aheadMs, this.#aheadMs + next.at - this.now());
      this.#fire(next);
    }
    this.#aheadMs = end;
    for (const timer of this.#timers) this.#arm(timer);
  }

  #due(withinMs: number): Timer | undefined {
    const end = this.now() + withinMs;
    const due = [...this.#timers].filter((timer) => timer.at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }

  #arm(timer: Timer): void {
    timer.cancel();
    timer.cancel = systemClock.after(timer.at - this.now(), () => this.#fire(timer));
  }

  #fire(timer: Timer): void {
    this.#drop(timer);
    timer.run();
  }

  #drop(timer: Timer): void {
    timer.cancel();
    this.#timers.delete(timer);
  }
}
