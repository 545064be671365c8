import type { BenchCluster } from "../cluster.ts";
import { type Echo, echoPaths } from "../echo/echo.ts";
import { type Loader, startLoader } from "../loader.ts";
import { median } from "../median.ts";
import type { Row } from "../row.ts";
import { cpuMsOf } from "../server-process.ts";
import type { Settings } from "../settings.ts";
import { createMessage, paths, watchMessage } from "./messages.ts";

const WATCHERS = 1_000;
const CONNECTIONS = 10;
/** Events of a round in a full run. */
const EVENTS = 20;
const EVENT_BYTES = 512;

/** A thousand open streams, and the call that makes each of them get one message. */
interface Crowd {
  readonly name: string;
  readonly pid: number;
  readonly loader: Loader;
  readonly listen: { readonly path: string; readonly message: Uint8Array };
  readonly tell: { readonly path: string; readonly message: Uint8Array };
}

interface Figures {
  /** From the call until all have the event, one entry for each event. */
  readonly elapsedMs: number[];
  /** CPU of the server for each message, one entry for each round. */
  readonly cpuUs: number[];
}

/** One event to a thousand watchers, against a thousand writes by bare grpc-js. */
export async function benchWatchers(
  cluster: BenchCluster,
  echo: Echo,
  settings: Settings,
): Promise<readonly Row[]> {
  await using bareLoader = await startLoader(echo.target(CONNECTIONS));
  await using loader = await startLoader(cluster.plugin(CONNECTIONS));
  const something = new Uint8Array(EVENT_BYTES);
  const bare: Crowd = {
    name: `${WATCHERS} bare stream writes, ${EVENT_BYTES} bytes`,
    pid: echo.pid,
    loader: bareLoader,
    listen: { path: echoPaths.listen, message: something },
    tell: { path: echoPaths.tell, message: something },
  };
  const watchers: Crowd = {
    name: `one event to ${WATCHERS} watchers`,
    pid: cluster.pid,
    loader,
    listen: { path: paths.watch, message: watchMessage() },
    tell: { path: paths.create, message: createMessage("alice") },
  };
  const crowds = [bare, watchers] as const;
  for (const crowd of crowds) await gather(crowd);
  const [limit, real] = await measureCrowds(crowds, settings);
  return [rowOf(bare, limit), { ...rowOf(watchers, real), ...compare(real, limit) }];
}

async function gather({ loader, listen, tell }: Crowd): Promise<void> {
  await loader.ask({ do: "listen", ...listen, streams: WATCHERS });
  await loader.ask({ do: "prepare", messages: [tell.message] });
}

async function measureCrowds(crowds: readonly [Crowd, Crowd], { rounds, scale }: Settings) {
  const figures: [Figures, Figures] = [
    { elapsedMs: [], cpuUs: [] },
    { elapsedMs: [], cpuUs: [] },
  ];
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, crowd] of crowds.entries()) {
      const kept = round === 0 ? undefined : figures[index];
      await measureRound(crowd, Math.ceil(EVENTS * scale), kept);
    }
  }
  return figures;
}

async function measureRound({ loader, pid, tell }: Crowd, events: number, figures: Figures | undefined) {
  const before = cpuMsOf(pid);
  for (let event = 0; event < events; event += 1) {
    const { elapsedMs } = await loader.ask({ do: "tell", path: tell.path });
    figures?.elapsedMs.push(elapsedMs);
  }
  figures?.cpuUs.push(((cpuMsOf(pid) - before) * 1000) / (events * WATCHERS));
}

function rowOf({ name }: Crowd, { elapsedMs, cpuUs }: Figures): Row {
  const ms = median(elapsedMs);
  return {
    scenario: name,
    callsPerSecond: (WATCHERS * 1000) / ms,
    cpuUs: median(cpuUs),
    measured: { value: ms, unit: "ms" },
  };
}

function compare(real: Figures, limit: Figures): Pick<Row, "measured" | "target"> {
  return { measured: { value: median(real.elapsedMs) / median(limit.elapsedMs), unit: "×" }, target: 3 };
}
