import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { startBenchCluster } from "./cluster.ts";
import { startEcho } from "./echo/echo.ts";
import { formatTable } from "./report.ts";
import { type Row, verdictOf } from "./row.ts";
import { benchCalls } from "./scenarios/calls.ts";
import { benchColdStart } from "./scenarios/cold-start.ts";
import { benchFirstPage } from "./scenarios/first-page.ts";
import { benchInventory } from "./scenarios/inventory.ts";
import { benchIssuing } from "./scenarios/issuing.ts";
import { benchRevocationList } from "./scenarios/revocation-list.ts";
import { seedRequests } from "./scenarios/seed.ts";
import { benchTestkit } from "./scenarios/testkit.ts";
import { benchWatchers } from "./scenarios/watchers.ts";
import { readSettings, type Settings, usage } from "./settings.ts";
import { benchStepCa } from "./step-ca/bench-step-ca.ts";

const FEW_REQUESTS = 1_000;

const settings = readSettings(process.argv.slice(2));
if (settings === undefined) process.stdout.write(usage);
else report(await bench(settings), settings);

async function bench(settings: Settings): Promise<readonly Row[]> {
  await using echo = await startEcho();
  await using stopping = new AsyncDisposableStack();
  const start = async (name: string) => {
    const cluster = await startBenchCluster(settings, name);
    stopping.use(cluster.daemon);
    return cluster;
  };
  const few = { cluster: await start("few.example"), count: FEW_REQUESTS };
  const many = { cluster: await start("many.example"), count: settings.manyRequests };
  const rows: Row[] = [];
  const step = async (name: string, run: () => Promise<readonly Row[]>) => {
    process.stderr.write(`${name} …\n`);
    rows.push(...(await run()));
  };
  process.stderr.write("storing requests …\n");
  await seedRequests(few.cluster, few.count);
  await seedRequests(many.cluster, many.count);
  await step("pages", () => benchFirstPage(few, many, settings));
  await step("calls", () => benchCalls(few.cluster, echo, settings));
  await step("certificates", () => benchIssuing(few.cluster, echo, settings));
  await step("step-ca", () => benchStepCa(few.cluster, settings));
  await step("watchers", () => benchWatchers(few.cluster, echo, settings));
  await step("starts", () => benchColdStart(many.cluster, many.count, settings));
  await step("revocation list", async () => benchRevocationList(settings));
  await step("inventory", () => benchInventory(settings));
  await step("testkit", benchTestkit);
  return rows;
}

function report(rows: readonly Row[], { jsonFile, profileDir }: Settings): void {
  process.stdout.write(`\n${formatTable(rows)}\n`);
  if (profileDir !== undefined)
    process.stdout.write(`\nProfiled, so too slow. Profiles are in ${profileDir}\n`);
  if (jsonFile === undefined) return;
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
  const results = rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
  writeFileSync(jsonFile, `${JSON.stringify({ machine, rows: results }, undefined, 2)}\n`);
}
