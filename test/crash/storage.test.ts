import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Backend, type Key, openBackend, prefix, segmentsOf } from "@sallyport/server/storage";

const ROUNDS = 10;
const CLIENTS = 8;
const writer = fileURLToPath(new URL("./storage-writer.ts", import.meta.url));
const flags = ["--conditions=sallyport-source", writer];

/** Lets a writer run and kills it after `acknowledged` answers; gives the ids of all it was heard to answer. */
async function writeAndKill(path: string, round: number, acknowledged: number): Promise<string[]> {
  const child = spawn(process.execPath, [...flags, path, `r${round}`, `${CLIENTS}`, "100000"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const answered: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, id = ""] = line.split(" ");
    if (word === "answered") answered.push(id);
    if (answered.length === acknowledged) child.kill("SIGKILL");
  }
  const [, signal] = await ended;
  assert.equal(signal, "SIGKILL", "the writer ended by itself");
  // The last line may have been cut off.
  const whole = /^r\d+-\d+-\d+$/;
  return answered.filter((id, index) => index < acknowledged || whole.test(id)).slice(0, acknowledged);
}

async function all(backend: Backend, path: Key): Promise<Set<string>> {
  const found = new Set<string>();
  let after: Key | undefined;
  for (let more = true; more; ) {
    const page = await backend.list({ prefix: path, after, limit: 1000 });
    for (const item of page.items) found.add(segmentsOf(item.key).at(-1) ?? "");
    after = page.items.at(-1)?.key;
    more = page.more;
  }
  return found;
}

test("threat 24: after SIGKILL every acknowledged write and its audit entry is there, and no half one", {
  timeout: 120_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), "crash-"));
  const path = join(directory, "data", "cluster.db");
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    acknowledged.push(...(await writeAndKill(path, round, randomInt(1, 400))));
    const backend = await openBackend({ kind: "sqlite", path });
    const things = await all(backend, prefix("things"));
    assert.deepEqual(
      acknowledged.filter((id) => !things.has(id)),
      [],
      "acknowledged and lost",
    );
    assert.deepEqual(await all(backend, prefix("audit")), things, "things and audit entries are the same");
    assert.deepEqual(await all(backend, prefix("by_order")), things, "things and their order are the same");
    await assertCounters(backend, things);
    await backend.close();
  }
  assert(acknowledged.length >= ROUNDS);
  rmSync(directory, { recursive: true });
});

/** The counter of each client is at its newest thing: its commits are there up to one point, without a hole. */
async function assertCounters(backend: Backend, things: ReadonlySet<string>): Promise<void> {
  const { items } = await backend.list({ prefix: prefix("counters"), limit: 1000 });
  let sum = 0;
  for (const item of items) {
    const [round, client, index] = item.revision.split("-");
    assert(things.has(`${round}-${client}-${index}`));
    sum += Number(index) + 1;
  }
  assert.equal(sum, things.size);
}

test("an answer is given only when the write was flushed to the disk", { timeout: 60_000 }, (context) => {
  const directory = mkdtempSync(join(tmpdir(), "flush-"));
  const trace = join(directory, "trace");
  const calls = "trace=fdatasync,fsync,write,pwrite64,pwritev,pwritev2,writev,ftruncate";
  const command = ["-f", "-y", "-e", calls, "-o", trace, process.execPath, ...flags];
  const { status, error, stderr } = spawnSync(
    "strace",
    [...command, join(directory, "x.db"), "s", "1", "20"],
    {
      encoding: "utf8",
    },
  );
  if (error !== undefined || /ptrace|Operation not permitted/.test(stderr)) {
    const reason = `strace cannot run here: ${error?.message ?? stderr}`;
    assert(process.env.CI !== "true", reason);
    context.skip(reason);
    return;
  }
  assert.equal(status, 0, stderr);
  const lines = readFileSync(trace, "utf8").split("\n");
  for (let index = 0; index < 20; index++) assertFlushed(lines, `s-0-${index}`);
  rmSync(directory, { recursive: true });
});

/** Between question and answer the log was written, then flushed, and not written again. */
function assertFlushed(lines: readonly string[], id: string): void {
  const asked = lines.findIndex((line) => line.includes(`"asked ${id}\\n"`));
  const answered = lines.findIndex((line) => line.includes(`"answered ${id}\\n"`));
  assert(asked >= 0 && answered > asked, `question and answer of ${id} are in the trace`);
  const between = lines.slice(asked + 1, answered);
  const written = between.findLastIndex((line) => /pwrite.*-wal>/.test(line));
  const flushed = between.findLastIndex((line, at) => isFlush(between, line, at));
  assert(written >= 0, `${id} was written to the log`);
  assert(flushed > written, `${id} was flushed after it was written:\n${between.join("\n")}`);
}

/** A flush of the log that has returned; a call that another thread interrupts in the trace has two lines. */
function isFlush(lines: readonly string[], line: string, at: number): boolean {
  if (!/= 0$/.test(line)) return false;
  if (/f(?:data)?sync\(\d+<[^>]*-wal>\)/.test(line)) return true;
  const thread = line.split(" ")[0] ?? "";
  if (!/f(?:data)?sync resumed/.test(line)) return false;
  const start = lines.slice(0, at).findLast((earlier) => earlier.startsWith(`${thread} `));
  return start !== undefined && /f(?:data)?sync\(\d+<[^>]*-wal>/.test(start);
}
