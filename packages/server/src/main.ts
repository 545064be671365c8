import { hostname } from "node:os";
import { AppError } from "@sallyport/api";
import { thisMachine } from "@sallyport/api/node";
import { systemClock } from "./kernel/clock.ts";
import type { Command } from "./openssh/index.ts";
import { readCommandLine, UsageError } from "./read-command-line.ts";

const usage = `sallyport: the auth service

Usage:
  sallyport start [-c FILE] [--data-dir DIR] [-d]   start the service and keep running
  sallyport configure                               print a commented configuration file
  sallyport openssh …                               certificates with a stock sshd and ssh; see: sallyport openssh help
  sallyport krl …                                   the list of revoked SSH keys; see: sallyport krl help
  sallyport signer …                                keys in a PKCS#11 token, under a user of its own; see: sallyport signer help
  sallyport version                                 print the version
  sallyport help                                    print this

Examples:
  sallyport start --data-dir ./data
  sallyport configure > sallyport.yaml && sallyport start -c sallyport.yaml

Without a file it listens on 127.0.0.1:3025. TELEPORT_CONFIG_FILE names a file, SALLYPORT_DATA_DIR a directory.
`;

const VERSION = "0.1.0";

/** Commands that have verbs and options of their own. A timer runs one every minute, so none loads the service. */
const groups: Readonly<Record<string, () => Promise<Command>>> = {
  openssh: async () => (await import("./openssh/index.ts")).opensshCommand,
  signer: async () => (await import("./signer-command.ts")).signerCommand,
  krl: async () => (await import("./openssh/index.ts")).krlCommand,
};

async function main(argv: readonly string[]): Promise<number> {
  const [first = "help", ...rest] = argv;
  const group = Object.hasOwn(groups, first) ? groups[first] : undefined;
  return group === undefined ? serve(argv) : (await group())(rest, surroundings());
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
  if (verb === "configure") return print((await import("./config/index.ts")).configureText());
  return (await import("./start-command.ts")).startCommand(options);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

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
