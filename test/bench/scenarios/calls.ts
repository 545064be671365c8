import type { BenchCluster } from "../cluster.ts";
import type { Echo } from "../echo/echo.ts";
import { echoPaths } from "../echo/echo.ts";
import type { RawCost } from "../limits/measure-raw.ts";
import { measureSigning } from "../limits/raw-signing.ts";
import { BATCH, measureSqlite } from "../limits/raw-sqlite.ts";
import { startLoader } from "../loader.ts";
import { type CallCost, measureCalls, type Subject } from "../measure-calls.ts";
import type { Row } from "../row.ts";
import type { Settings } from "../settings.ts";
import { certsMessage, createMessage, getMessage, paths } from "./messages.ts";
import { listIds } from "./seed.ts";

/** Clients with a connection each, which have these calls in flight together. */
const CLIENTS = 16;
const IN_FLIGHT = 64;
const ECHO_BYTES = 256;

const names = {
  echo: `bare gRPC echo, ${ECHO_BYTES} bytes`,
  get: "GetAccessRequests by id",
  create: "CreateAccessRequestV2, durable and audited",
  certs: "GenerateUserCerts, X.509 and SSH, audited",
};

/** Unary calls against the bare echo. */
export async function benchCalls(
  cluster: BenchCluster,
  echo: Echo,
  settings: Settings,
): Promise<readonly Row[]> {
  await using requester = await startLoader(cluster.requester(CLIENTS));
  await using plugin = await startLoader(cluster.plugin(CLIENTS));
  await using echoing = await startLoader(echo.target(CLIENTS));
  const gets = (await listIds(cluster, 1000)).map(getMessage);
  const { pid } = cluster;
  const common = { pid, inFlight: IN_FLIGHT };
  const subjects: Subject[] = [
    {
      ...common,
      name: names.echo,
      pid: echo.pid,
      loader: echoing,
      path: echoPaths.echo,
      calls: 20_000,
      messages: () => [new Uint8Array(ECHO_BYTES)],
    },
    { ...common, name: names.get, loader: plugin, path: paths.get, calls: 20_000, messages: () => gets },
    {
      ...common,
      name: names.create,
      loader: requester,
      path: paths.create,
      calls: 8_000,
      messages: () => [createMessage("alice")],
    },
    {
      ...common,
      name: names.certs,
      loader: requester,
      path: paths.certs,
      calls: 4_000,
      messages: (calls) => Array.from({ length: calls }, () => certsMessage("alice")),
    },
  ];
  return rowsOf(await measureCalls(subjects, settings), settings);
}

function rowsOf(costs: ReadonlyMap<string, CallCost>, { rounds }: Settings): readonly Row[] {
  const echo = costs.get(names.echo);
  if (echo === undefined) throw new Error("the echo was not measured");
  const row = (scenario: string, cost: RawCost | undefined, target?: number): Row => {
    if (cost === undefined) throw new Error(`${scenario} was not measured`);
    const measured = { value: cost.cpuUs / echo.cpuUs, unit: "× echo" } as const;
    const { callsPerSecond, cpuUs } = cost;
    return { scenario, callsPerSecond, cpuUs, measured, ...(target === undefined ? {} : { target }) };
  };
  return [
    row(names.echo, echo),
    row("raw signatures, P-256 and Ed25519", measureSigning(rounds)),
    row(`raw SQLite, rows of one request, ${BATCH} a batch`, measureSqlite(rounds)),
    row(names.get, costs.get(names.get), 1.6),
    row(names.create, costs.get(names.create), 3),
    row(names.certs, costs.get(names.certs), 5),
  ];
}
