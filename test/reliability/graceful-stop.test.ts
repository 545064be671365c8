import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isAppError } from "@sallyport/api";
import { startDaemon } from "../support/daemon.ts";
import { connectAdmin } from "./connect-to.ts";

const CALLS = 200;

test("a graceful stop answers what is in flight, ends streams as Unavailable, and loses nothing", {
  timeout: 60_000,
}, async () => {
  let daemon = await startDaemon();
  const { directory } = daemon;
  try {
    const admin = await connectAdmin(daemon);
    const stream = admin.auth.watchEvents({ Kinds: [{ Kind: "user" }] })[Symbol.asyncIterator]();
    await stream.next();
    const streamEnd = lastOf(stream);
    const answered: string[] = [];
    const calls = Array.from({ length: CALLS }, async (_, index) => {
      const Name = `user-${index}`;
      const user = { Kind: "user", Version: "v2", Metadata: { Name }, Spec: { Roles: ["access"] } };
      await admin.users.create(user);
      answered.push(Name);
      return Name;
    });
    await calls[0];
    const outcomes = Promise.allSettled(calls);
    assert.equal(await daemon.stop(), 0, daemon.output());

    assert.ok(isAppError(await streamEnd, "UNAVAILABLE"), "a stream ends as Unavailable");
    for (const outcome of await outcomes) {
      if (outcome.status === "rejected") assert.ok(isAppError(outcome.reason, "UNAVAILABLE"), outcome.reason);
    }
    await admin.close();

    daemon = await startDaemon({ directory });
    await using later = await connectAdmin(daemon);
    const stored = new Set<string>();
    for await (const user of later.users.list()) stored.add(user.Metadata?.Name ?? "");
    const lost = answered.filter((name) => !stored.has(name));
    assert.deepEqual(lost, [], "answered and lost");
    // In flight at the stop: begun, so stored, so owed an answer.
    assert.equal(stored.size, answered.length, "stored, and not answered");
  } finally {
    await daemon.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});

test("a graceful stop waits for no client that is asleep with nothing in flight", {
  timeout: 60_000,
}, async () => {
  await using daemon = await startDaemon();
  const program = join(import.meta.dirname, "sleeping-client.ts");
  const args = ["--conditions=sallyport-source", program, daemon.address, daemon.adminIdentity];
  const client = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(client.stdout, "data");
    client.kill("SIGSTOP");
    const begun = performance.now();
    assert.equal(await daemon.stop(), 0, daemon.output());
    const took = performance.now() - begun;
    // The grace for calls in flight is 10 s; on a busy machine the rest of the stop takes its time too.
    assert.ok(took < 3_000, `it took ${Math.round(took)} ms`);
  } finally {
    client.kill("SIGKILL");
  }
});

/** What a stream ends with. */
async function lastOf(stream: AsyncIterator<unknown>): Promise<unknown> {
  try {
    for (let next = await stream.next(); next.done !== true; next = await stream.next());
    return undefined;
  } catch (error) {
    return error;
  }
}
