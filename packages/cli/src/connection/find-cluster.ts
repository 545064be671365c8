import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError, isAppError } from "@sallyport/api";
import {
  type Credentials,
  configFilePath,
  dataDirPath,
  fromIdentityFile,
  type LocalMachine,
  localAddress,
  localAdmin,
} from "@sallyport/api/node";
import { describeFileError } from "../documents/read-source.ts";
import type { GlobalOptions } from "../tctl/tool.ts";
import { UsageError } from "../terminal/exit-code.ts";

/** Where the cluster is and with what one may speak to it. */
export interface Cluster {
  /** `host:port`; the first to answer is used. */
  readonly addresses: readonly string[];
  readonly credentials: Credentials;
}

/**
 * An identity file that is named comes first, also on the host of an auth service: who names one means it. Without one
 * it is the local administrator, whom only those can be who may read the data directory of the daemon.
 *
 * @throws AppError, UsageError that say what to name or to start.
 */
export async function findCluster(options: GlobalOptions, machine: LocalMachine): Promise<Cluster> {
  const identity = options.identity ?? notEmpty(machine.env.TELEPORT_IDENTITY_FILE);
  const addresses = options.authServer ?? splitAddresses(machine.env.TELEPORT_AUTH_SERVER);
  if (identity !== undefined) {
    if (addresses.length === 0) {
      throw new UsageError("with an identity file, name the auth service: --auth-server HOST:PORT");
    }
    return { addresses, credentials: fromIdentityFile(resolve(machine.workingDir, identity)) };
  }
  return localCluster(await findDataDir(options, machine), addresses);
}

async function localCluster(dataDir: string, named: readonly string[]): Promise<Cluster> {
  try {
    // Read here already, so that the message for a daemon that never ran comes before any other.
    const addresses = named.length > 0 ? named : [await localAddress(dataDir)];
    const credentials = localAdmin(dataDir);
    await credentials.load();
    return { addresses, credentials };
  } catch (error) {
    throw isAppError(error) ? addHint(error) : error;
  }
}

/** The data directory of the daemon on this host. */
export async function findDataDir(options: GlobalOptions, machine: LocalMachine): Promise<string> {
  const file = configFilePath(options.config, machine);
  const configured = file === undefined ? undefined : await readDataDir(file);
  const isFileNamed = notEmpty(options.config) !== undefined;
  return dataDirPath({ named: options.dataDir, configured, isFileNamed }, machine);
}

/** Only `teleport.data_dir` matters here; the daemon is the one who checks the rest of the file. */
async function readDataDir(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw describeFileError(`the configuration file ${file}`, error);
  });
  const { parse } = await import("yaml");
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: 100 });
  } catch (cause) {
    throw new AppError("BAD_PARAMETER", `the configuration file ${file} is not YAML`, { cause });
  }
  const dataDir = (content as { teleport?: { data_dir?: unknown } } | null)?.teleport?.data_dir;
  return typeof dataDir === "string" ? resolve(dirname(file), dataDir) : undefined;
}

function addHint(error: AppError): AppError {
  const elsewhere = "--identity FILE --auth-server HOST:PORT";
  const hints: Partial<Record<string, string>> = {
    UNAVAILABLE: `On this host: sallyport start (in a clone: npm start). With another directory: --data-dir DIR or -c FILE. Elsewhere: ${elsewhere}.`,
    ACCESS_DENIED: `Run tctl as the user of the auth service, or with credentials of your own: ${elsewhere}.`,
    CERTIFICATE_EXPIRED:
      "The auth service keeps this file fresh while it runs. It starts with: sallyport start (in a clone: npm start).",
  };
  const hint = hints[error.reason];
  if (hint === undefined) return error;
  return new AppError(error.reason, error.message, { cause: error, details: { ...error.details, hint } });
}

function splitAddresses(text: string | undefined): string[] {
  return (text ?? "").split(",").flatMap((one) => notEmpty(one.trim()) ?? []);
}

function notEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
