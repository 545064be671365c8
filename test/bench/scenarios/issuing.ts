import type { BenchCluster } from "../cluster.ts";
import { type Echo, echoPaths } from "../echo/echo.ts";
import { type Loader, startLoader } from "../loader.ts";
import { type CallCost, measureCalls, type Subject } from "../measure-calls.ts";
import type { Row } from "../row.ts";
import type { Settings } from "../settings.ts";
import { certsMessage, paths } from "./messages.ts";

const kinds = ["SSH", "X.509", "X.509 and SSH"] as const;
/** How many calls are in flight, and how many make a round then. */
const loads = [
  { inFlight: 1, calls: 500 },
  { inFlight: 16, calls: 1_500 },
  { inFlight: 64, calls: 2_000 },
] as const;
const CLIENTS = 16;
const ECHO_BYTES = 256;

const echoName = (inFlight: number) => `bare gRPC echo, ${inFlight} in flight`;
const nameOf = (kind: string, inFlight: number) => `GenerateUserCerts, ${kind}, ${inFlight} in flight`;

/** Certificates of each kind, one after the other and many at once, against an echo that is asked in the same way. */
export async function benchIssuing(
  cluster: BenchCluster,
  echo: Echo,
  settings: Settings,
): Promise<readonly Row[]> {
  await using requester = await startLoader(cluster.requester(CLIENTS));
  await using echoing = await startLoader(echo.target(CLIENTS));
  const subjects = loads.flatMap((load) => [
    echoSubject(echo, echoing, load),
    ...kinds.map((kind) => certsSubject(cluster, requester, kind, load)),
  ]);
  const costs = await measureCalls(subjects, settings);
  return loads.flatMap(({ inFlight }) => {
    const bare = costOf(costs, echoName(inFlight));
    return [
      { scenario: echoName(inFlight), callsPerSecond: bare.callsPerSecond, cpuUs: bare.cpuUs },
      ...kinds.flatMap((kind) => rowsOf(nameOf(kind, inFlight), costOf(costs, nameOf(kind, inFlight)), bare)),
    ];
  });
}

type Load = (typeof loads)[number];

function echoSubject({ pid }: Echo, loader: Loader, { inFlight, calls }: Load): Subject {
  const messages = () => [new Uint8Array(ECHO_BYTES)];
  return {
    name: echoName(inFlight),
    pid,
    loader,
    path: echoPaths.echo,
    calls: calls * 2,
    inFlight,
    messages,
  };
}

function certsSubject(
  { pid }: BenchCluster,
  loader: Loader,
  kind: (typeof kinds)[number],
  { inFlight, calls }: Load,
): Subject {
  return {
    name: nameOf(kind, inFlight),
    pid,
    loader,
    path: paths.certs,
    calls,
    inFlight,
    messages: (count) => Array.from({ length: count }, () => certsMessage("alice", kind)),
  };
}

function rowsOf(scenario: string, { callsPerSecond, cpuUs, tail }: CallCost, bare: CallCost): Row[] {
  return [
    {
      scenario,
      callsPerSecond,
      cpuUs,
      measured: { value: cpuUs / bare.cpuUs, unit: "× echo" },
      target: 4,
    },
    {
      scenario: `${scenario}: p99/p50`,
      measured: { value: tail / bare.tail, unit: "× echo's" },
      target: 1.5,
    },
  ];
}

function costOf(costs: ReadonlyMap<string, CallCost>, name: string): CallCost {
  const cost = costs.get(name);
  if (cost === undefined) throw new Error(`${name} was not measured`);
  return cost;
}
