import type { Socket } from "node:net";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";

/** One daemon, and the ones that follow it while the system still holds the connection of the first. */
const MAX_DAEMONS = 8;
/** Those that have not shown yet that they know the secret. */
const MAX_UNPROVEN = 64;
const SAID_AGAIN_MS = 60_000;

/**
 * Who is connected to a signer. Of those that have shown nothing yet the oldest makes way for the next, because one that
 * knows the secret shows it within milliseconds: so whoever is let in by the folder and only waits keeps nobody out.
 */
export class SignerConnections {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #unproven = new Set<Socket>();
  readonly #daemons = new Set<Socket>();
  #sayAgainAt = 0;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  add(socket: Socket): void {
    this.#unproven.add(socket);
    socket.on("close", () => {
      this.#unproven.delete(socket);
      this.#daemons.delete(socket);
    });
    const [oldest] = this.#unproven;
    if (oldest === undefined || this.#unproven.size <= MAX_UNPROVEN) return;
    this.#unproven.delete(oldest);
    oldest.destroy();
    this.#say();
  }

  /** That it knows the secret. False where as many do as there is room for. */
  prove(socket: Socket): boolean {
    if (this.#daemons.size >= MAX_DAEMONS) return false;
    this.#unproven.delete(socket);
    this.#daemons.add(socket);
    return true;
  }

  destroy(): void {
    for (const socket of [...this.#unproven, ...this.#daemons]) socket.destroy();
  }

  #say(): void {
    const now = this.#clock.now();
    if (now < this.#sayAgainAt) return;
    this.#sayAgainAt = now + SAID_AGAIN_MS;
    this.#logger.warn("many connect to the signer and do not show that they know the secret");
  }
}
