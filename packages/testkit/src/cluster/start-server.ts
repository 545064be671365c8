import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AuthServer,
  createLifecycle,
  loadConfig,
  silentLogger,
  startAuth,
  systemClock,
} from "@sallyport/server";
import type { ClusterOptions, TestClock } from "./cluster.ts";

/** A service with its temporary directory. */
export interface StartedServer {
  readonly server: AuthServer;
  stop(): Promise<void>;
}

const STOP_PART_MS = 3_000;

/** Starts the auth service on a free port of the loopback. */
export async function startServer(options: ClusterOptions, clock: TestClock): Promise<StartedServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "sallyport-testkit-"));
  const logger = options.logger ?? silentLogger;
  // A stop has its limits by real time, also where the cluster's own stands still; a test waits less than a daemon for
  // a connection that broke unnoticed.
  const lifecycle = createLifecycle({ logger, clock: systemClock, partTimeoutMs: STOP_PART_MS });
  const stop = async () => {
    await lifecycle.stop("the test is over");
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const { config } = loadConfig(
      { configFile: join(dataDir, "testkit.yaml") },
      { machine: machineIn(dataDir), hostName: "localhost", readFile: () => configText(options, dataDir) },
    );
    return { server: await startAuth({ config, clock, logger, lifecycle }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Nothing of the machine's own environment may reach a test's cluster. */
const machineIn = (dataDir: string) => ({ env: {}, uid: 1, home: dataDir, workingDir: dataDir });

/** JSON is YAML. */
function configText({ name, storage, authService, sallyport }: ClusterOptions, dataDir: string): string {
  return JSON.stringify({
    version: "v3",
    teleport: { nodename: "localhost", data_dir: dataDir, storage: { type: storage ?? "memory" } },
    ...(sallyport && { sallyport }),
    auth_service: {
      ...authService,
      cluster_name: name ?? "test.example",
      listen_addr: "127.0.0.1:0",
    },
  });
}
