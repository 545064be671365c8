import { hostname } from "node:os";
import { parseArgs } from "node:util";
import { isAppError } from "@sallyport/api";
import { thisMachine } from "@sallyport/api/node";
import { configureText, loadConfig } from "./config/index.ts";
import { systemClock } from "./kernel/clock.ts";
import { createLifecycle } from "./kernel/lifecycle.ts";
import { createLogger } from "./kernel/logger.ts";
import { onWarning, stopOnSignal } from "./kernel/signals.ts";
import { type Command, opensshCommand } from "./openssh/index.ts";
import { startAuth } from "./start-auth.ts";

const usage = `sallyport: the auth service

Usage:
  sallyport start [-c FILE] [--data-dir DIR] [-d]   start the service and keep running
  sallyport configure                               print a commented configuration file
  sallyport openssh …                               certificates with a stock sshd and ssh; see: sallyport openssh help
  sallyport version                                 print the version
  sallyport help                                    print this

Examples:
  sallyport start --data-dir ./data
  sallyport configure > sallyport.yaml && sallyport start -c sallyport.yaml

Without a file it listens on 127.0.0.1:3025. TELEPORT_CONFIG_FILE names a file, SALLYPORT_DATA_DIR a directory.
`;

const VERSION = "0.1.0";

/** Commands that have verbs and options of their own. */
const groups: Readonly<Record<string, Command>> = { openssh: opensshCommand };

async function main(argv: readonly string[]): Promise<number> {
  const [first = "help", ...rest] = argv;
  const group = Object.hasOwn(groups, first) ? groups[first] : undefined;
  return group === undefined ? serve(argv) : group(rest, surroundings());
}

const surroundings = () => ({
  machine: thisMachine(),
  hostName: hostname(),
  clock: systemClock,
  print: (text: string) => void process.stdout.write(text),
  note: (text: string) => void process.stderr.write(`${text}\n`),
});

async function serve(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      config: { type: "string", short: "c" },
      "data-dir": { type: "string" },
      debug: { type: "boolean", short: "d" },
      help: { type: "boolean", short: "h" },
    },
  });
  const [verb = "help"] = positionals;
  if (values.help === true || verb === "help") return print(usage);
  if (verb === "version") return print(`Sallyport ${VERSION}\n`);
  if (verb === "configure") return print(configureText());
  if (verb !== "start") {
    process.stderr.write(`sallyport: there is no command "${verb}"; see: sallyport help\n`);
    return 2;
  }
  return start({ configFile: values.config, dataDir: values["data-dir"], debug: values.debug });
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

async function start(options: Parameters<typeof loadConfig>[0]): Promise<number> {
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
  npx tctl status
  npx tctl create rscs.yaml
  npx tctl auth sign --format=tls --user=access-plugin --out=auth

Ctrl-C stops it.
`;

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const words = isAppError(error)
      ? `${error.message}${error.hint === undefined ? "" : `\n  ${error.hint}`}`
      : String((error as Error).stack ?? error);
    process.stderr.write(`sallyport: ${words}\n`);
    process.exitCode = 1;
  },
);
