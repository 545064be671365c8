import type { BenchCluster } from "../cluster.ts";
import { HelperProcess } from "../helper-process.ts";
import { type Loader, startLoader } from "../loader.ts";
import { type CallCost, measureCalls, type Subject } from "../measure-calls.ts";
import type { Row } from "../row.ts";
import { certsMessage, paths } from "../scenarios/messages.ts";
import type { Settings } from "../settings.ts";
import { buildStepCa } from "./build-step-ca.ts";
import { type StepCa, startStepCa } from "./step-ca.ts";
import { sshRequest, stepCaPaths, x509Request } from "./step-ca-requests.ts";

/** Clients with a connection each, which have these calls in flight together; on both sides. */
const CLIENTS = 16;
const common = { calls: 2_000, inFlight: 64 };
const user = "alice";

const kinds = ["X.509", "SSH"] as const;
type Kind = (typeof kinds)[number];

const theirs = (kind: Kind) => `step-ca, ${kind}, sign`;
const ours = (kind: Kind) => `GenerateUserCerts, ${kind} only, against step-ca`;

/** Certificates from us and from step-ca, in turns; no rows where step-ca cannot be had. */
export async function benchStepCa(cluster: BenchCluster, settings: Settings): Promise<readonly Row[]> {
  const build = await buildStepCa();
  if ("missing" in build) {
    process.stderr.write(`no comparison with step-ca: ${build.missing}\n`);
    return [];
  }
  await using stepCa = await startStepCa(build.program);
  await using asksThem = await startHttpsLoader(stepCa);
  await using asksUs = await startLoader(cluster.requester(CLIENTS));
  const subjects = kinds.flatMap((kind) => [
    theirSubject(stepCa, asksThem, kind),
    ourSubject(cluster, asksUs, kind),
  ]);
  const costs = await measureCalls(subjects, settings);
  return kinds.flatMap((kind) => rowsOf(kind, costs));
}

async function startHttpsLoader(stepCa: StepCa): Promise<Loader> {
  const loader: Loader = new HelperProcess("step-ca/https-loader-process.ts");
  await loader.ask({ do: "connect", target: stepCa.target(CLIENTS) });
  return loader;
}

function theirSubject({ pid, provisioner }: StepCa, loader: Loader, kind: Kind): Subject {
  const [path, make] = kind === "X.509" ? [stepCaPaths.x509, x509Request] : [stepCaPaths.ssh, sshRequest];
  const messages = (calls: number) =>
    Promise.all(Array.from({ length: calls }, () => make(provisioner, user)));
  return { ...common, name: theirs(kind), pid, loader, path, messages };
}

function ourSubject({ pid }: BenchCluster, loader: Loader, kind: Kind): Subject {
  const messages = (calls: number) => Array.from({ length: calls }, () => certsMessage(user, kind));
  return { ...common, name: ours(kind), pid, loader, path: paths.certs, messages };
}

function rowsOf(kind: Kind, costs: ReadonlyMap<string, CallCost>): readonly Row[] {
  const [them, us] = [costs.get(theirs(kind)), costs.get(ours(kind))];
  if (them === undefined || us === undefined) throw new Error(`${kind} was not measured`);
  const measured = { value: them.cpuUs / us.cpuUs, unit: "×" } as const;
  return [
    { scenario: theirs(kind), ...them },
    { scenario: ours(kind), ...us, measured, floor: 1.5 },
  ];
}
