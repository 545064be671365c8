import { hostname } from "node:os";
import { AppError } from "@sallyport/api";
import { dataDirPath, thisMachine } from "@sallyport/api/node";
import { type ConfigOptions, configureText, loadConfig } from "./config/index.ts";
import { systemClock } from "./kernel/clock.ts";
import { createLifecycle } from "./kernel/lifecycle.ts";
import { createLogger } from "./kernel/logger.ts";
import { onWarning, stopOnSignal } from "./kernel/signals.ts";
import { type Command, krlCommand, opensshCommand } from "./openssh/index.ts";
import { readCommandLine, UsageError } from "./read-command-line.ts";
import { startAuth } from "./start-auth.ts";

const usage = `sallyport: the auth service

Usage:
  sallyport start [-c FILE] [--data-dir DIR] [-d]   start the service and keep running
  sallyport configure                               print a commented configuration file
  sallyport openssh …                               certificates with a stock sshd and ssh; see: sallyport openssh help
  sallyport krl …                                   the list of revoked SSH keys; see: sallyport krl help
  sallyport version                                 print the version
  sallyport help                                    print this

Examples:
  sallyport start --data-dir ./data
  sallyport configure > sallyport.yaml && sallyport start -c sallyport.yaml

Without a file it listens on 127.0.0.1:3025. TELEPORT_CONFIG_FILE names a file, SALLYPORT_DATA_DIR a directory.
`;

const VERSION = "0.1.0";

/** Commands that have verbs and options of their own. */
const groups: Readonly<Record<string, Command>> = { openssh: opensshCommand, krl: krlCommand };

async function main(argv: readonly string[]): Promise<number> {
  const [first = "help", ...rest] = argv;
  const group = Object.hasOwn(groups, first) ? groups[first] : undefined;
  return group === undefined ? serve(argv) : group(rest, surroundings());
}

const surroundings = () => ({
  machine: thisMachine(),
  hostName: hostname(),
  program: [process.execPath, ...process.argv.slice(1, 2)],
  clock: systemClock,
  print: (text: string) => void process.stdout.write(text),
  note: (text: string) => void process.stderr.write(`${text}\n`),
});

async function serve(argv: readonly string[]): Promise<number> {
  const { verb, options } = readCommandLine(argv);
  if (verb === "help") return print(usage);
  if (verb === "version") return print(`Sallyport ${VERSION}\n`);
  if (verb === "configure") return print(configureText());
  return start(options);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

async function start(options: ConfigOptions): Promise<number> {
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

Next, in another terminal:
${wayToDataDir(dataDir)}  npx tctl status
  npx tctl create rscs.yaml
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

function describeFailure(error: unknown): string {
  if (!(error instanceof AppError))
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return error.hint === undefined ? error.message : `${error.message}\n  ${error.hint}`;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`sallyport: ${describeFailure(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
