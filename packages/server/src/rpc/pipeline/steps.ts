import { AppError } from "@sallyport/api";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Caller } from "../caller.ts";
import type { Connection } from "../transport/index.ts";
import type { CallState } from "./call-state.ts";
import { decideAccess } from "./decide-access.ts";
import { toStatus } from "./map-error.ts";
import { isRefusal, type Refusals } from "./refusals.ts";

/** What the steps are handed by whoever starts the server. */
export interface StepTools {
  /**
   * Who calls on this connection, looked at anew for every call: validity, CA trust, locks. Throws `LOCKED`,
   * `CERTIFICATE_EXPIRED` and the like; answers an anonymous caller where there is no certificate.
   */
  readonly authenticate: (connection: Connection, now: number) => Promise<Caller> | Caller;
  /**
   * Calls `abort` when the caller loses the right to go on: a lock, the end of the certificate; and `refresh` with
   * who they are now when their rights may have changed. Returns its undo.
   */
  readonly watchCaller: (
    caller: Caller,
    connection: Connection,
    abort: (error: AppError) => void,
    refresh: (caller: Caller) => void,
  ) => () => void;
  readonly refusals: Refusals;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** `exchange`: both sides send, so what is asked for is decoded as it comes. */
export type CallKind = "unary" | "stream" | "exchange" | "json";
type Columns = Readonly<Record<CallKind | "anonymous", boolean>>;

export interface Step extends Columns {
  readonly name: string;
  readonly run: (state: CallState, tools: StepTools) => Promise<void> | void;
}

/** A failure step looks at the error and hands on the one to answer with. */
export interface FailureStep extends Columns {
  readonly name: string;
  readonly run: (state: CallState, error: AppError, tools: StepTools) => Promise<AppError> | AppError;
}

const everyKind = { unary: true, stream: true, exchange: true, json: true } as const;

/** Every call goes through these, in this order; then comes its handler. A column says whom a step concerns. */
export const steps: readonly Step[] = [
  { name: "who is calling", ...everyKind, anonymous: true, run: identify },
  { name: "may they call this", ...everyKind, anonymous: true, run: checkAccess },
  { name: "for how long", ...everyKind, unary: false, json: false, anonymous: false, run: watchCaller },
  { name: "what they ask for", ...everyKind, exchange: false, json: false, anonymous: true, run: decode },
];

/** A call that failed, in the handler or before it, goes through these. */
export const failureSteps: readonly FailureStep[] = [
  { name: "log our own faults", ...everyKind, anonymous: true, run: logFault },
  { name: "limit and audit refusals", ...everyKind, anonymous: true, run: account },
];

function identify(state: CallState, tools: StepTools): Promise<void> | void {
  const caller = tools.authenticate(state.transport.connection, state.now);
  if (!(caller instanceof Promise)) {
    state.caller = caller;
    return;
  }
  return caller.then((found) => {
    state.caller = found;
  });
}

/** The first two steps once more, for a call that waited. */
export async function authorizeAnew(state: CallState, tools: StepTools): Promise<void> {
  state.caller = await tools.authenticate(state.transport.connection, tools.clock.now());
  checkAccess(state);
}

function checkAccess(state: CallState): void {
  const decision = decideAccess(state.target.access, state.caller);
  if (!decision.allow) throw new AppError("ACCESS_DENIED", decision.message, { cause: decision.because });
}

function watchCaller(state: CallState, tools: StepTools): void {
  const { transport } = state;
  const stop = tools.watchCaller(
    state.caller,
    transport.connection,
    (error) => transport.end(toStatus(error, state.requestId)),
    (caller) => {
      state.caller = caller;
    },
  );
  state.release = stop;
  transport.signal.addEventListener("abort", stop, { once: true });
}

function decode(state: CallState): void {
  state.request = state.target.decode(state.bytes);
}

function logFault(state: CallState, error: AppError, tools: StepTools): AppError {
  if (error.code === "internal" || error.code === "data_loss") {
    const { name } = state.target;
    tools.logger.error("a call failed", {
      method: name,
      requestId: state.requestId,
      error: error.cause ?? error,
    });
  }
  return error;
}

function account(state: CallState, error: AppError, tools: StepTools): Promise<AppError> | AppError {
  return isRefusal(error) ? tools.refusals.account(state, error) : error;
}
