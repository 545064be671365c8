import type { Loader } from "./loader.ts";
import { median } from "./median.ts";
import { cpuMsOf } from "./server-process.ts";
import type { Settings } from "./settings.ts";

/** A call whose cost is measured. */
export interface Subject {
  readonly name: string;
  /** The server that is measured. */
  readonly pid: number;
  readonly loader: Loader;
  readonly path: string;
  /** Calls of a round in a full run. */
  readonly calls: number;
  readonly inFlight: number;
  /** Messages for a round of so many calls; made before the round begins. */
  readonly messages: (calls: number) => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
}

export interface CallCost {
  readonly callsPerSecond: number;
  /** CPU of the server over all its threads, in microseconds per call. */
  readonly cpuUs: number;
  /** The slowest call of a hundred, against the one in the middle. */
  readonly tail: number;
}

/**
 * The cost of each subject: medians over rounds in which all of them take their turn, so that whatever else the machine
 * does meets all alike. What V8 compiles is compiled in the rounds before those that count.
 */
export async function measureCalls(
  subjects: readonly Subject[],
  { rounds, warmUpRounds, scale }: Settings,
): Promise<ReadonlyMap<string, CallCost>> {
  const costs = new Map(subjects.map(({ name }) => [name, [] as CallCost[]]));
  for (let round = 1 - warmUpRounds; round <= rounds; round += 1) {
    for (const subject of subjects) {
      const cost = await measureRound(subject, Math.ceil(subject.calls * scale));
      if (round > 0) costs.get(subject.name)?.push(cost);
    }
  }
  return new Map([...costs].map(([name, all]) => [name, medianCost(all)]));
}

async function measureRound(subject: Subject, calls: number): Promise<CallCost> {
  const { loader, pid, path, inFlight } = subject;
  await loader.ask({ do: "prepare", messages: await subject.messages(calls) });
  const before = cpuMsOf(pid);
  const { elapsedMs, p50Ms = 0, p99Ms = 0 } = await loader.ask({ do: "run", path, calls, inFlight });
  return {
    callsPerSecond: (calls * 1000) / elapsedMs,
    cpuUs: ((cpuMsOf(pid) - before) * 1000) / calls,
    tail: p99Ms / p50Ms,
  };
}

function medianCost(costs: readonly CallCost[]): CallCost {
  return {
    callsPerSecond: median(costs.map(({ callsPerSecond }) => callsPerSecond)),
    cpuUs: median(costs.map(({ cpuUs }) => cpuUs)),
    tail: median(costs.map(({ tail }) => tail)),
  };
}
