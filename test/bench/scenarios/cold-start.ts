import { startDaemon } from "../../support/daemon.ts";
import type { BenchCluster } from "../cluster.ts";
import { pidOf, profiled } from "../cluster.ts";
import { median } from "../median.ts";
import type { Row } from "../row.ts";
import { memoryMbOf } from "../server-process.ts";
import type { Settings } from "../settings.ts";

const STARTS = 3;

/** Starts a daemon on the data of one that is stopped for it, until it has said where it listens. */
export async function benchColdStart(
  { daemon }: BenchCluster,
  stored: number,
  settings: Settings,
): Promise<readonly Row[]> {
  await daemon.stop();
  const readyMs: number[] = [];
  const residentMb: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const startedAt = performance.now();
    const again = await startDaemon({ directory: daemon.directory, ...profiled(settings) });
    readyMs.push(performance.now() - startedAt);
    residentMb.push(memoryMbOf(pidOf(again)).peak);
    await again.stop();
  }
  const what = `with ${stored.toLocaleString("en")} stored requests`;
  return [
    { scenario: `start ${what}`, measured: { value: median(readyMs), unit: "ms" }, target: 3000 },
    {
      scenario: `memory ${what}, at its highest`,
      measured: { value: median(residentMb), unit: "MB" },
      target: 400,
    },
  ];
}
