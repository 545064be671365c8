import type { Clock } from "../../kernel/clock.ts";
import type { StorageLogger } from "../logger.ts";
import type { Publisher } from "./publisher.ts";
import type { Reader } from "./reader.ts";
import type { WriteQueue } from "./write-queue.ts";
import { expectReply } from "./writer-link.ts";

const EVERY_MS = 1000;
const SWEEP_BATCH = 500;
const PRUNE_BATCH = 2000;
/** Pruning may lag a little, so that it is one transaction now and then instead of many. */
const PRUNE_SLACK_MS = 60_000;
const PRUNE_SLACK_ENTRIES = 10_000;

export interface LogLimits {
  readonly ageMs: number;
  readonly entries: number;
}

interface MaintenanceSetup {
  readonly clock: Clock;
  readonly queue: WriteQueue;
  readonly reader: Reader;
  readonly publisher: Publisher;
  readonly limits: LogLimits;
  readonly logger: StorageLogger | undefined;
}

/** Once a second: deletes what has expired and forgets the oldest changes; costs two reads when nothing is due. */
export class Maintenance {
  readonly #setup: MaintenanceSetup;
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(setup: MaintenanceSetup) {
    this.#setup = setup;
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #later(): void {
    if (this.#stopped) return;
    this.#cancel = this.#setup.clock.after(EVERY_MS, () => {
      this.#tick()
        .catch((error: unknown) => {
          if (!this.#stopped) this.#setup.logger?.error({ error }, "the upkeep of the database failed");
        })
        .finally(() => this.#later());
    });
  }

  async #tick(): Promise<void> {
    while (!this.#stopped && this.#setup.reader.hasExpired(this.#setup.clock.now())) await this.#sweep();
    if (this.#pruneIsDue()) {
      let more = true;
      while (more && !this.#stopped) more = await this.#prune();
    }
  }

  #sweep(): Promise<void> {
    const { clock, queue, publisher } = this.#setup;
    return queue.run({ kind: "sweep", now: clock.now(), limit: SWEEP_BATCH }, (reply) =>
      publisher.sweep(expectReply(reply, "sweep")),
    );
  }

  #pruneIsDue(): boolean {
    if (this.#stopped) return false;
    const { first, last, firstAt } = this.#setup.reader.logEnds();
    const { ageMs, entries } = this.#setup.limits;
    if (last - first >= entries + Math.min(PRUNE_SLACK_ENTRIES, entries / 10)) return true;
    const tooOld = this.#setup.clock.now() - ageMs - Math.min(PRUNE_SLACK_MS, ageMs / 10);
    return first < last && firstAt < tooOld;
  }

  async #prune(): Promise<boolean> {
    const { clock, queue, limits } = this.#setup;
    const before = clock.now() - limits.ageMs;
    let more = false;
    await queue.run({ kind: "prune", before, keep: limits.entries, limit: PRUNE_BATCH }, (reply) => {
      more = expectReply(reply, "prune").more;
    });
    return more;
  }
}
