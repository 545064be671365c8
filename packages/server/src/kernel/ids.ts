import { randomBytes, randomUUID } from "node:crypto";

/** A random UUID (RFC 9562 version 4). */
export function newUuid(): string {
  return randomUUID();
}

/** An opaque revision: random, so that two writers never choose the same and nobody can order or guess one. */
export function newRevision<R extends string>(): R {
  return randomUUID() as string as R;
}

/** `bytes` of randomness as lower-case hexadecimal; 16 bytes cannot be guessed. */
export function newToken(bytes = 16): string {
  return randomBytes(bytes).toString("hex");
}

/** Bits of the counter that orders ids of one millisecond (RFC 9562 section 6.2, method 1). */
const COUNTER_BITS = 42n;
const COUNTER_LIMIT = 1n << COUNTER_BITS;

/** Where a run of ordered ids stands. */
interface Run {
  lastMs: number;
  counter: bigint;
}

const processRun: Run = { lastMs: -1, counter: 0n };

/**
 * A UUID of version 7 for the instant `now` (milliseconds since 1970). Ids of one process never go back, even
 * within a millisecond or when the clock does.
 */
export function newUuidV7(now: number): string {
  return nextOf(processRun, now);
}

/** The same with an order of its own, for what keeps time by another clock than the rest of the process. */
export function uuidV7Run(): (now: number) => string {
  const run: Run = { lastMs: -1, counter: 0n };
  return (now) => nextOf(run, now);
}

function nextOf(run: Run, now: number): string {
  advance(run, Math.max(0, Math.floor(now)));
  const { lastMs, counter } = run;
  const time = BigInt(lastMs).toString(16).padStart(12, "0");
  const high = (counter >> 30n).toString(16).padStart(3, "0");
  // The variant bits "10" sit above the counter's lower 30 bits, which fill the first half of the tail.
  const middle = ((2n << 30n) | (counter & 0x3fffffffn)).toString(16);
  const tail = randomHex(4);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${high}-${middle.slice(0, 4)}-${middle.slice(4)}${tail}`;
}

function advance(run: Run, nowMs: number): void {
  if (nowMs > run.lastMs) {
    run.lastMs = nowMs;
    run.counter = freshCounter();
    return;
  }
  run.counter += 1n;
  if (run.counter < COUNTER_LIMIT) return;
  run.lastMs += 1;
  run.counter = freshCounter();
}

/** Random with the top bit clear, so that a millisecond has room for 2^41 more ids. */
function freshCounter(): bigint {
  return BigInt(`0x${randomHex(6)}`) >> 7n;
}

const POOL_BYTES = 4096;
let pool = randomBytes(POOL_BYTES);
let poolPlace = 0;

/** From a pool, since asking the system for a few bytes costs more than the rest of an id; never given twice. */
function randomHex(bytes: number): string {
  if (poolPlace + bytes > POOL_BYTES) {
    pool = randomBytes(POOL_BYTES);
    poolPlace = 0;
  }
  poolPlace += bytes;
  return pool.toString("hex", poolPlace - bytes, poolPlace);
}
