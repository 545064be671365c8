import type { CallCost } from "../measure-calls.ts";
import { median } from "../median.ts";

/** Work that is no call has no tail. */
export type RawCost = Omit<CallCost, "tail">;

/** What one piece of work costs this process, so many at a time; medians over rounds after one that warms up. */
export function measureRaw(rounds: number, times: number, work: () => void): RawCost {
  const costs: RawCost[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const startedAt = performance.now();
    const usedBefore = process.cpuUsage();
    for (let time = 0; time < times; time += 1) work();
    const { user, system } = process.cpuUsage(usedBefore);
    const elapsedMs = performance.now() - startedAt;
    if (round > 0) costs.push({ callsPerSecond: (times * 1000) / elapsedMs, cpuUs: (user + system) / times });
  }
  return {
    callsPerSecond: median(costs.map(({ callsPerSecond }) => callsPerSecond)),
    cpuUs: median(costs.map(({ cpuUs }) => cpuUs)),
  };
}
