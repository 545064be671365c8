// What all examples share: the arguments that say where to connect and as whom.
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { AppError } from "@sallyport/api";
import { type Credentials, connect, fromFiles, fromIdentityFile, type NodeClient } from "@sallyport/api/node";

const connectionOptions = {
  "auth-server": { type: "string", default: "127.0.0.1:3025" },
  identity: { type: "string" },
  cert: { type: "string" },
  key: { type: "string" },
  ca: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const connectionUsage = `
  --auth-server HOST:PORT  the auth service (127.0.0.1:3025)
  --cert --key --ca FILE   the three files of: tctl auth sign --format=tls
  --identity FILE          or the one file of: tctl auth sign --format=file
`;

/** Parses the command line; prints the usage and leaves when it asks for help or is wrong. */
export function readArguments<T extends ParseArgsOptionsConfig>(usage: string, options: T) {
  const text = `${usage.trim()}\n${connectionUsage}`;
  try {
    const { values } = parseArgs({ options: { ...options, ...connectionOptions } });
    if ((values as { readonly help?: boolean }).help !== true) return values;
    process.stdout.write(text);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${text}`);
    process.exit(2);
  }
}

export interface ConnectionArguments {
  readonly "auth-server": string;
  readonly identity?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
}

/** Connects, and connects anew whenever the credential files are renewed. */
export function connectAs(values: ConnectionArguments): Promise<NodeClient> {
  return connect({
    address: values["auth-server"],
    credentials: credentialsOf(values),
    reloadCredentialsMs: 30_000,
    onReloadError: (error) => console.error("the renewed credentials cannot be used:", String(error)),
  });
}

function credentialsOf({ identity, cert, key, ca }: ConnectionArguments): Credentials {
  if (identity !== undefined) return fromIdentityFile(identity);
  if (cert !== undefined && key !== undefined && ca !== undefined) return fromFiles({ cert, key, ca });
  throw new AppError("BAD_PARAMETER", "say who you are: --cert, --key and --ca, or --identity");
}

/**
 * Runs a program until it ends, or until Ctrl-C or SIGTERM aborts its signal, so that it ends between two events and
 * not within one. An error of the API is told in one line, with what to do about it.
 */
export async function run(program: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopping.abort());
  try {
    await program(stopping.signal);
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") return;
    if (!(error instanceof AppError)) throw error;
    if (stopping.signal.aborted && error.reason === "CANCELLED") return;
    console.error(`${error.reason}: ${error.message}${error.hint === undefined ? "" : `\n${error.hint}`}`);
    process.exitCode = 1;
  }
}
