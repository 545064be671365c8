import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Target } from "../loader.ts";
import type { Provisioner } from "./provisioner.ts";
import { writeStepCaFolder } from "./step-ca-folder.ts";

const READY_MS = 30_000;
const serverName = "localhost";

/** The real step-ca in a process of its own, on a free port of the loopback interface. */
export interface StepCa extends AsyncDisposable {
  readonly pid: number;
  readonly provisioner: Provisioner;
  target(connections: number): Target;
}

export async function startStepCa(program: string): Promise<StepCa> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-step-ca-"));
  const port = await findFreePort();
  const { configFile, provisioner, client } = await writeStepCaFolder(folder, port);
  const logFile = join(folder, "log");
  const log = openSync(logFile, "a");
  const child = spawn(program, [configFile], {
    stdio: ["ignore", log, log],
    env: { PATH: process.env.PATH, HOME: folder, STEPPATH: folder },
  });
  closeSync(log);
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilHealthy(child, port, client.ca);
  } catch (cause) {
    const output = readFileSync(logFile, "utf8");
    await stop();
    throw new Error(`step-ca did not start:\n${output}`, { cause });
  }
  if (child.pid === undefined) throw new Error("step-ca has no process");
  return {
    pid: child.pid,
    provisioner,
    target: (connections) => ({ address: `127.0.0.1:${port}`, serverName, ...client, connections }),
    [Symbol.asyncDispose]: stop,
  };
}

/** step-ca does not say which port it took, so it is given one. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function waitUntilHealthy(child: ChildProcess, port: number, ca: string): Promise<void> {
  for (const until = Date.now() + READY_MS; Date.now() < until; await wait(50)) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (await isHealthy(port, ca)) return;
  }
  throw new Error(`it did not answer within ${READY_MS} ms`);
}

function isHealthy(port: number, ca: string): Promise<boolean> {
  const options = { host: "127.0.0.1", port, path: "/health", servername: serverName, ca, agent: false };
  return new Promise((resolve) => {
    get(options, (answer) => resolve(answer.resume().statusCode === 200)).on("error", () => resolve(false));
  });
}

/** Nothing of it is kept, so it is not asked to end well. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
