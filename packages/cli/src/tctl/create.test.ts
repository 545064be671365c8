import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AppError, type Reason } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { recordingTerminal } from "../testing/recording-terminal.ts";
import { create } from "./create.ts";

const documents = `
kind: role
version: v7
metadata: {name: ops}
spec: {}
---
kind: lock
version: v2
metadata: {name: l}
spec: {target: {user: bob}}
`;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "create-"));
  await writeFile(join(folder, "all.yaml"), documents);
});
after(() => rm(folder, { recursive: true }));

/** A service whose check answers with these reasons, one for each document; it remembers what it is asked and told. */
async function run(checks: readonly (Reason | undefined)[], options: { force?: boolean } = {}) {
  const asked: [string | undefined, boolean][] = [];
  const written: string[] = [];
  const write = (kind: string) => async () => {
    written.push(kind);
  };
  const missing = async () => {
    throw new AppError("NOT_FOUND");
  };
  const client = {
    accessExplain: {
      checkResource: async (request: { resource: { case?: string }; replace: boolean }) => {
        asked.push([request.resource.case, request.replace]);
        const reason = checks[asked.length - 1];
        if (reason !== undefined) throw new AppError(reason, "it is wrong");
      },
    },
    roles: { create: write("role"), upsert: write("role"), get: missing },
    locks: { get: missing },
    auth: { upsertLock: write("lock") },
  } as unknown as Client;
  const terminal = recordingTerminal();
  const tool = { terminal, env: {}, workingDir: folder, now: () => 0, connect: async () => client };
  const error = await create.run(tool, options, "all.yaml").then(
    () => undefined,
    (thrown: AppError) => thrown,
  );
  return { asked, written, error };
}

test("every document is checked before the first is written, and all mistakes are told at once", async () => {
  const { asked, written, error } = await run(["ALREADY_EXISTS", "BAD_PARAMETER"]);
  assert.deepEqual(asked, [
    ["role", false],
    ["lock", false],
  ]);
  assert.deepEqual(written, []);
  assert.equal(error?.reason, "BAD_PARAMETER");
  assert.equal(
    error.message,
    'all.yaml, document 1: role "ops" exists already\nall.yaml, document 2: lock "l": it is wrong',
  );
});

test("with -f what exists is checked as what it is replaced by", async () => {
  const { asked, written } = await run([], { force: true });
  assert.deepEqual(
    asked.map(([, replace]) => replace),
    [true, true],
  );
  assert.deepEqual(written, ["role", "lock"]);
});

test("a service without the check, and one that refuses it, are written to as ever", async () => {
  const without = await run(["NOT_IMPLEMENTED"]);
  assert.deepEqual([without.asked.length, without.written, without.error], [1, ["role", "lock"], undefined]);
  const denied = await run(["ACCESS_DENIED", "ACCESS_DENIED"]);
  assert.deepEqual([denied.asked.length, denied.written, denied.error], [2, ["role", "lock"], undefined]);
});

test("a check that fails otherwise leaves everything as it is", async () => {
  const { written, error } = await run(["UNAVAILABLE"]);
  assert.deepEqual([written, error?.reason], [[], "UNAVAILABLE"]);
});
