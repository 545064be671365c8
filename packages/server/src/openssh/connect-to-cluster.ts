import { resolve } from "node:path";
import {
  connect,
  fromIdentityFile,
  type LocalMachine,
  localAddress,
  localAdmin,
  type NodeClient,
} from "@sallyport/api/node";
import { UsageError } from "./usage-error.ts";

/** Who one is and where the cluster is, as the command line says. */
export interface ClusterOptions {
  readonly identity?: string | undefined;
  readonly "auth-server"?: string | undefined;
  readonly config?: string | undefined;
  readonly "data-dir"?: string | undefined;
}

/** The same options for `parseArgs`. */
export const clusterArguments = {
  identity: { type: "string", short: "i" },
  "auth-server": { type: "string" },
  config: { type: "string", short: "c" },
  "data-dir": { type: "string" },
} as const;

const CONNECT_MS = 10_000;

/** A client for an identity file, or for the administrator of the auth service on this host. */
export async function connectToCluster(options: ClusterOptions, machine: LocalMachine): Promise<NodeClient> {
  const identity = options.identity ?? notEmpty(machine.env.TELEPORT_IDENTITY_FILE);
  const addresses = (options["auth-server"] ?? machine.env.TELEPORT_AUTH_SERVER ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  if (identity !== undefined) {
    if (addresses.length === 0) {
      throw new UsageError("with an identity file, name the auth service: --auth-server HOST:PORT");
    }
    const credentials = fromIdentityFile(resolve(machine.workingDir, identity));
    return connect({ address: addresses, credentials, connectTimeoutMs: CONNECT_MS });
  }
  // Most of what there is to load, and nobody with an identity file needs it.
  const { loadConfig } = await import("../config/index.ts");
  const { config } = loadConfig({ configFile: options.config, dataDir: options["data-dir"] }, { machine });
  const address = addresses.length > 0 ? addresses : await localAddress(config.dataDir);
  return connect({ address, credentials: localAdmin(config.dataDir), connectTimeoutMs: CONNECT_MS });
}

function notEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
