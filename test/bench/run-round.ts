import type { LoaderAnswer } from "./loader.ts";

/** Keeps so many calls in flight until all are answered. */
export async function runRound(
  calls: number,
  inFlight: number,
  call: () => Promise<void>,
): Promise<LoaderAnswer> {
  const took: number[] = [];
  let left = calls;
  const oneAfterTheOther = async () => {
    while (left > 0) {
      left -= 1;
      const startedAt = performance.now();
      await call();
      took.push(performance.now() - startedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: inFlight }, oneAfterTheOther));
  const elapsedMs = performance.now() - startedAt;
  took.sort((a, b) => a - b);
  return { elapsedMs, p50Ms: took[took.length >> 1], p99Ms: took[Math.floor(took.length * 0.99)] };
}
