import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { localPaths } from "@sallyport/api/node";

/** The daemon as a process of its own, from the sources. */
export interface Daemon extends AsyncDisposable {
  readonly dataDir: string;
  readonly address: string;
}

const main = join(import.meta.dirname, "../../../server/src/main.ts");

/** Starts it on a free port of loopback with an empty data directory below `folder`; resolves when it answers. */
export async function startDaemon(folder: string): Promise<Daemon> {
  const dataDir = join(folder, "data");
  const config = join(folder, "sallyport.yaml");
  await mkdir(folder, { recursive: true });
  await writeFile(
    config,
    `version: v3
auth_service:
  cluster_name: example.com
  listen_addr: 127.0.0.1:0
`,
  );
  const child = spawn(
    process.execPath,
    ["--conditions=sallyport-source", "--no-warnings", main, "start", "-c", config, "--data-dir", dataDir],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const said: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said.push(chunk.toString());
      if (/is ready/.test(said.join(""))) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the daemon ended with ${code}:\n${said.join("")}`)));
  });
  await ready;
  const address = (await readFile(localPaths(dataDir).authAddress, "utf8")).trim();
  return {
    dataDir,
    address,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}
