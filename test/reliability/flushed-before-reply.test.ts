import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect, fromIdentityFile, type NodeClient } from "@sallyport/api/node";

const program = fileURLToPath(new URL("../../packages/server/dist/main.js", import.meta.url));
const DELAY_MS = 150;
const WRITES = 4;
const READY_MS = 60_000;

/** Why strace cannot hold up calls here; undefined where it can. */
function whyNoStrace(): string | undefined {
  const probe = spawnSync("strace", ["-f", "-e", "inject=fdatasync:delay_enter=1000", "true"], {
    encoding: "utf8",
  });
  if (probe.error !== undefined) return `strace cannot run here: ${probe.error.message}`;
  return probe.status === 0 ? undefined : `strace cannot trace here: ${probe.stderr}`;
}

interface TracedDaemon {
  readonly client: NodeClient;
  /** How many flushes of the write-ahead log began so far. */
  flushes(): number;
  stop(): Promise<void>;
}

/** The daemon under strace, which holds up each flush to the disk for `DELAY_MS`. */
async function startTraced(directory: string): Promise<TracedDaemon> {
  const dataDir = join(directory, "data");
  const trace = join(directory, "trace");
  const configFile = join(directory, "sallyport.yaml");
  const config = { data_dir: dataDir };
  const auth = { listen_addr: "127.0.0.1:0", cluster_name: "one.example" };
  writeFileSync(configFile, JSON.stringify({ version: "v3", teleport: config, auth_service: auth }));
  const calls = ["fdatasync", "fsync"];
  const inject = `inject=${calls.join()}:delay_enter=${DELAY_MS * 1000}`;
  const flags = ["-f", "--seccomp-bpf", "-y", "-e", `trace=${calls.join()}`, "-e", inject, "-o", trace];
  // A process group of its own, so that both it and strace are stopped.
  const child = spawn("strace", [...flags, process.execPath, program, "start", "-c", configFile], {
    stdio: "ignore",
    detached: true,
    env: { PATH: process.env.PATH, HOME: directory },
  });
  const address = await addressOf(child, join(dataDir, "auth-address"));
  const identity = readFileSync(join(dataDir, "admin-identity.pem"), "utf8");
  const client = await connect({ address, credentials: fromIdentityFile(identity) });
  return {
    client,
    flushes: () => [...readFileSync(trace, "utf8").matchAll(/f(?:data)?sync\(\d+<[^>]*-wal>/g)].length,
    stop: async () => {
      await client.close();
      const ended = once(child, "exit");
      process.kill(-(child.pid as number), "SIGKILL");
      await ended;
    },
  };
}

async function addressOf(child: ChildProcess, path: string): Promise<string> {
  for (const until = Date.now() + READY_MS; Date.now() < until; await wait(20)) {
    assert.equal(child.exitCode, null, "the daemon ended at once");
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (text.endsWith("\n")) return text.trim();
  }
  process.kill(-(child.pid as number), "SIGKILL");
  throw new Error("the daemon was not ready in time");
}

test("a write is answered after the flush to the disk and not before", {
  timeout: 120_000,
}, async (context) => {
  const reason = whyNoStrace();
  if (reason !== undefined) {
    assert.notEqual(process.env.CI, "true", reason);
    context.skip(reason);
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), "flush-"));
  const daemon = await startTraced(directory);
  try {
    const reads: number[] = [];
    for (let index = 0; index < 5; index++) reads.push(await millisecondsOf(() => daemon.client.ping()));
    const readMs = Math.min(...reads);
    assert.ok(readMs < DELAY_MS, `a read took ${readMs} ms, so what a write takes would say nothing`);
    for (let index = 0; index < WRITES; index++) {
      const before = daemon.flushes();
      const Metadata = { Name: `user-${index}` };
      const user = { Kind: "user", Version: "v2", Metadata, Spec: { Roles: ["access"] } };
      const tookMs = await millisecondsOf(() => daemon.client.users.create(user));
      assert.ok(daemon.flushes() > before, `write ${index} was answered without a flush of the log`);
      assert.ok(
        tookMs >= DELAY_MS,
        `write ${index} was answered after ${tookMs} ms, while the flush was held up`,
      );
    }
  } finally {
    await daemon.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});

async function millisecondsOf(call: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await call();
  return performance.now() - startedAt;
}
