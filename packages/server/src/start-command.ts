import { dataDirPath, thisMachine } from "@sallyport/api/node";
import { type ConfigOptions, loadConfig } from "./config/index.ts";
import { systemClock } from "./kernel/clock.ts";
import { createLifecycle } from "./kernel/lifecycle.ts";
import { createLogger } from "./kernel/logger.ts";
import { onWarning, stopOnSignal } from "./kernel/signals.ts";
import { startAuth } from "./start-auth.ts";

/** `sallyport start`: runs the service until a signal ends it. */
export async function startCommand(options: ConfigOptions): Promise<number> {
  const { config, warnings } = loadConfig(options);
  const logger = createLogger(config.log);
  onWarning(logger);
  for (const warning of warnings) logger.warn(warning);
  const lifecycle = createLifecycle({ logger, clock: systemClock });
  const stopped = stopOnSignal(lifecycle);
  const { clusterName, address } = await startAuth({ config, clock: systemClock, logger, lifecycle });
  process.stdout.write(greeting(clusterName, address, config.dataDir));
  await stopped;
  return 0;
}

const greeting = (clusterName: string, address: string, dataDir: string) => `
Sallyport is ready.
  cluster     ${clusterName}
  API         ${address} (gRPC over mutual TLS)
  data        ${dataDir}

Next, in another terminal in the same folder:
${wayToDataDir(dataDir)}  npx tctl status
  npx tctl create rscs.yaml    # this file is in the README, under "Five minutes"
  npx tctl auth sign --format=tls --user=access-plugin --out=auth

Ctrl-C stops it.
`;

/** How `tctl` in another terminal finds a data directory that is not where it looks by itself. */
function wayToDataDir(dataDir: string): string {
  const isUsual = dataDirPath({}, { ...thisMachine(), env: {} }) === dataDir;
  return isUsual ? "" : `  export SALLYPORT_DATA_DIR=${quoteForShell(dataDir)}\n`;
}

const quoteForShell = (text: string) =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
