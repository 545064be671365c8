import type { BenchCluster } from "../cluster.ts";
import { startLoader } from "../loader.ts";
import { measureCalls, type Subject } from "../measure-calls.ts";
import type { Row } from "../row.ts";
import type { Settings } from "../settings.ts";
import { firstPageMessage, paths } from "./messages.ts";

const PAGE = 100;
const CALLS = 1_000;

/** The first page of few requests and of many. */
export async function benchFirstPage(
  few: { readonly cluster: BenchCluster; readonly count: number },
  many: { readonly cluster: BenchCluster; readonly count: number },
  settings: Settings,
): Promise<readonly Row[]> {
  await using fewLoader = await startLoader(few.cluster.plugin(1));
  await using manyLoader = await startLoader(many.cluster.plugin(1));
  const message = firstPageMessage(PAGE);
  const subjectOf = (name: string, { cluster }: typeof few, loader: typeof fewLoader): Subject => ({
    name,
    pid: cluster.pid,
    loader,
    path: paths.list,
    calls: CALLS,
    inFlight: 8,
    messages: () => [message],
  });
  const nameOf = ({ count }: typeof few) => `first page (${PAGE}) of ${count.toLocaleString("en")} requests`;
  const subjects = [subjectOf(nameOf(few), few, fewLoader), subjectOf(nameOf(many), many, manyLoader)];
  const costs = await measureCalls(subjects, settings);
  const [small, large] = [costs.get(nameOf(few)), costs.get(nameOf(many))];
  if (small === undefined || large === undefined) throw new Error("the pages were not measured");
  return [
    { scenario: nameOf(few), ...small },
    {
      scenario: nameOf(many),
      ...large,
      measured: { value: large.cpuUs / small.cpuUs, unit: "×" },
      target: 1.5,
    },
  ];
}
