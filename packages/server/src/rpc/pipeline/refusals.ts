import { AppError, type Reason } from "@sallyport/api";
import type { AuditEntry } from "../../audit/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Caller } from "../caller.ts";
import { RefusedAct } from "../refused-act.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { Connection } from "../transport/index.ts";
import type { CallState } from "./call-state.ts";
import type { RefusalCounter } from "./refusal-counter.ts";

/** A call that was refused to somebody who showed a certificate. */
export interface Refusal {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly reason: Reason;
  /** What the caller was told. */
  readonly message: string;
  /** Which role or rule decided, for those who may know. */
  readonly because: string;
  /** What the audit log calls it, where it has an event of its own for it. */
  readonly entry: AuditEntry | undefined;
  /** Undefined where the certificate itself was refused: locked, expired. */
  readonly caller: Caller | undefined;
  /** As `nameOf` has it. */
  readonly name: string;
  readonly connection: Connection;
  readonly requestId: string;
  /** Refusals of the same name since the last one that was told, which were too many to tell one by one. */
  readonly suppressed: number;
}

export interface RefusalOptions {
  /** Whom the certificate of a connection names; undefined = it has none. */
  readonly nameOf: (connection: Connection) => string | undefined;
  /** Makes the refusal durable; the caller hears of it only afterwards. */
  readonly onRefusal: (refusal: Refusal) => Promise<void> | void;
  readonly counter: RefusalCounter;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Refusals of one name that are told one by one: so many at once (100), then so many a second (10). */
  readonly burst?: number;
  readonly perSecond?: number;
}

interface Tally {
  readonly bucket: TokenBucket;
  suppressed: number;
}

const refusalReasons: ReadonlySet<Reason> = new Set([
  "ACCESS_DENIED",
  "LOCKED",
  "CERTIFICATE_EXPIRED",
  "CERTIFICATE_REVOKED",
  "CALLER_GONE",
]);
const MAX_NAMES = 10_000;

function decidedBy({ cause, message }: AppError): Pick<Refusal, "because" | "entry"> {
  if (cause instanceof RefusedAct) return { because: cause.because, entry: cause.entry };
  return { because: typeof cause === "string" ? cause : message, entry: undefined };
}

export const isRefusal = (error: AppError): boolean => refusalReasons.has(error.reason);

/** Keeps account of refused calls, so that nobody can fill the audit log by knocking on closed doors. */
export class Refusals {
  readonly #options: RefusalOptions;
  readonly #tallies = new Map<string, Tally>();

  constructor(options: RefusalOptions) {
    this.#options = options;
  }

  /** Returns the error to answer with: `LIMIT_EXCEEDED` for a name that is refused too often. */
  async account(state: CallState, error: AppError): Promise<AppError> {
    const name = this.#options.nameOf(state.transport.connection);
    if (name === undefined) {
      this.#options.counter.count(`${error.reason} without a certificate`, {
        method: state.target.name,
        remoteAddress: state.remoteAddress,
      });
      return error;
    }
    const tally = this.#tallyOf(name);
    if (!tally.bucket.take(this.#options.clock.now())) {
      tally.suppressed += 1;
      return new AppError("LIMIT_EXCEEDED", "too many refused calls");
    }
    await this.#tell(state, error, name, tally);
    return error;
  }

  async #tell(state: CallState, error: AppError, name: string, tally: Tally): Promise<void> {
    const { suppressed } = tally;
    tally.suppressed = 0;
    try {
      await this.#options.onRefusal({
        at: state.now,
        method: state.target.name,
        reason: error.reason,
        message: error.message,
        ...decidedBy(error),
        caller: state.isIdentified ? state.caller : undefined,
        name,
        connection: state.transport.connection,
        requestId: state.requestId,
        suppressed,
      });
    } catch (failure) {
      // The call stays refused whether or not it could be written down.
      tally.suppressed += suppressed + 1;
      this.#options.logger.error("a refusal could not be audited", {
        method: state.target.name,
        error: failure,
      });
    }
  }

  #tallyOf(name: string): Tally {
    const { burst = 100, perSecond = 10, clock } = this.#options;
    const tally = this.#tallies.get(name) ?? {
      bucket: new TokenBucket(burst, perSecond, clock.now()),
      suppressed: 0,
    };
    // Last used last, so that the one to forget is the first.
    this.#tallies.delete(name);
    this.#tallies.set(name, tally);
    const [oldest] = this.#tallies.keys();
    if (this.#tallies.size > MAX_NAMES && oldest !== undefined) this.#tallies.delete(oldest);
    return tally;
  }
}
