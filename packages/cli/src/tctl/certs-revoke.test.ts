import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { recordingTerminal } from "../testing/recording-terminal.ts";
import { certsRevoke } from "./certs-revoke.ts";

/** Answers as the auth service does and remembers what it was asked. */
function inventory(count: number, entries: readonly object[] = []) {
  const asked: { dryRun?: boolean; selector?: unknown; reason?: string }[] = [];
  const revokeCertificates = async (request: (typeof asked)[number]) => {
    asked.push(request);
    return { count, entries, alreadyRevoked: 0, keyRevoked: false, version: 1n };
  };
  const users = { get: async () => ({}) };
  return { asked, client: { certificateInventory: { revokeCertificates }, users } as unknown as Client };
}

async function revoke(count: number, answers: readonly string[], options: object, ...words: string[]) {
  const terminal = recordingTerminal({ answers });
  const { asked, client } = inventory(count);
  const tool = { terminal, env: {}, workingDir: "/", now: () => 0, connect: async () => client };
  const outcome = await certsRevoke.run(tool, { reason: "", ...options }, ...words).then(
    () => "done",
    (error: unknown) => (error instanceof AppError ? error.reason : (error as Error).name),
  );
  return { outcome, asked, printed: terminal.printed() };
}

test("the number is shown and nothing is revoked without a yes", async () => {
  const refused = await revoke(3, [""], { user: "alice" });
  assert.equal(refused.outcome, "CANCELLED");
  assert.match(refused.printed, /revoke 3 certificates\? \[y\/N\]/);
  assert.deepEqual(
    refused.asked.map(({ dryRun }) => dryRun),
    [true],
  );
  const agreed = await revoke(3, ["y"], { user: "alice", reason: "left" });
  assert.equal(agreed.outcome, "done");
  assert.deepEqual(
    agreed.asked.map(({ dryRun, reason }) => [dryRun, reason]),
    [
      [true, "left"],
      [false, "left"],
    ],
  );
});

test("--yes asks nobody; --dry-run and nothing to revoke change nothing", async () => {
  assert.deepEqual(
    (await revoke(1, [], { user: "a", yes: true })).asked.map(({ dryRun }) => dryRun),
    [false],
  );
  const both = await revoke(1, [], { user: "a", yes: true, dryRun: true });
  assert.deepEqual(
    both.asked.map(({ dryRun }) => dryRun),
    [true],
  );
  assert.deepEqual(
    (await revoke(0, [], { user: "a" })).asked.map(({ dryRun }) => dryRun),
    [true],
  );
});

test("one selector, exactly: ids and serial numbers are told apart", async () => {
  const cases = [
    [{}, ["0193f5c86a7e7c3b"], { case: "id", value: "0193f5c86a7e7c3b" }],
    [{}, ["7530267731953608888"], { case: "serial", value: "7530267731953608888" }],
    [{ key: "SHA256:x" }, [], { case: "fingerprint", value: "SHA256:x" }],
    [{ request: "r" }, [], { case: "accessRequest", value: "r" }],
  ] as const;
  for (const [options, words, selector] of cases) {
    const { asked } = await revoke(1, [], { ...options, yes: true }, ...words);
    assert.deepEqual(asked[0]?.selector, selector);
  }
  for (const [options, words] of [
    [{}, []],
    [{ user: "" }, []],
    [{ user: "a", key: "b" }, []],
    [{ user: "a" }, ["1"]],
  ] as const) {
    const { outcome, asked } = await revoke(1, [], { ...options, yes: true }, ...words);
    assert.equal(outcome, "UsageError");
    assert.equal(asked.length, 0);
  }
});

test("it says what no revocation reaches: tokens, and until when they are good", async () => {
  const entryOf = (parts: object) => ({ certificate: { sshSerial: 0n, x509Serial: "", ...parts } });
  const ends = (seconds: bigint) => ({ expires: { seconds, nanos: 0 } });
  const certificate = entryOf({ x509Serial: "01", ...ends(90_000n) });
  const tokens = [entryOf(ends(7200n)), entryOf(ends(3600n))];
  const said = async (entries: readonly object[]) => {
    const terminal = recordingTerminal({ answers: [] });
    const { client } = inventory(entries.length, entries);
    const tool = { terminal, env: {}, workingDir: "/", now: () => 0, connect: async () => client };
    await certsRevoke.run(tool, { reason: "", user: "alice", yes: true });
    return terminal.printed();
  };
  const printed = await said([certificate, ...tokens]);
  assert.match(printed, /^3 certificates revoked\n/);
  assert.match(
    printed,
    /2 of them are tokens \(JWT\).* until it ends, at 1970-01-01T02:00:00.000Z the latest/,
  );
  assert.doesNotMatch(await said([certificate]), /token/);
});
