import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { mortalEnvironment } from "./mortal-environment.ts";

const program = fileURLToPath(new URL("../../packages/server/dist/main.js", import.meta.url));
const READY_MS = 30_000;
const STOP_MS = 15_000;

export interface DaemonOptions {
  readonly clusterName?: string;
  /** An own place for data and configuration; a new one under the system's temporary directory by default. */
  readonly directory?: string;
  /** Options of Node itself, such as those of its profiler. */
  readonly nodeArgs?: readonly string[];
}

/** The real daemon in a process of its own, on a free port of the loopback interface. */
export interface Daemon {
  readonly directory: string;
  readonly dataDir: string;
  /** Holds what `tctl -c` needs. */
  readonly configFile: string;
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly port: number;
  /** Identity file of the administrator of this host. */
  readonly adminIdentity: string;
  readonly process: ChildProcess;
  /** What it wrote so far, both streams. */
  output(): string;
  /** Stops it gracefully and gives its exit code; what it kept stays. */
  stop(): Promise<number | null>;
  /** Stops it and removes its directory. */
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startDaemon(options: DaemonOptions = {}): Promise<Daemon> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "sallyport-"));
  const dataDir = join(directory, "data");
  const configFile = join(directory, "sallyport.yaml");
  if (!existsSync(configFile)) writeFileSync(configFile, configText(dataDir, options.clusterName));
  const addressFile = join(dataDir, "auth-address");
  rmSync(addressFile, { force: true });
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), program, "start", "-c", configFile], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...mortalEnvironment(),
      PATH: process.env.PATH,
      HOME: directory,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const address = await waitForAddress(child, addressFile, () => output);
  const stop = () => stopChild(child, () => output);
  return {
    directory,
    dataDir,
    configFile,
    address,
    port: Number(address.split(":").at(-1)),
    adminIdentity: join(dataDir, "admin-identity.pem"),
    process: child,
    output: () => output,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const configText = (dataDir: string, clusterName = "one.example") => `version: v3
teleport:
  data_dir: ${dataDir}
auth_service:
  enabled: yes
  listen_addr: 127.0.0.1:0
  cluster_name: ${clusterName}
`;

async function waitForAddress(child: ChildProcess, path: string, output: () => string): Promise<string> {
  for (const until = Date.now() + READY_MS; Date.now() < until; await wait(20)) {
    if (child.exitCode !== null) throw new Error(`the daemon ended at once:\n${output()}`);
    const line = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (line.endsWith("\n")) return line.trim();
  }
  child.kill("SIGKILL");
  throw new Error(`the daemon was not ready within ${READY_MS} ms:\n${output()}`);
}

async function stopChild(child: ChildProcess, output: () => string): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, "exit") as Promise<[number | null]>;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  const [code] = await ended;
  clearTimeout(timer);
  if (code === null) throw new Error(`the daemon did not stop within ${STOP_MS} ms:\n${output()}`);
  return code;
}
