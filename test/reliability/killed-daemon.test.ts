import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { test } from "node:test";
import type { NodeClient } from "@sallyport/api/node";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { connectAdmin, connectUser } from "./connect-to.ts";

const ROUNDS = 6;
const USER_WRITERS = 3;
const REQUEST_WRITERS = 3;

/** What was acknowledged, by name of the user or id of the request. */
interface Acknowledged {
  readonly users: Set<string>;
  readonly requests: Set<string>;
}

/** Writes until the connection breaks; every answer is noted before the next question. */
async function writeOn(write: (index: number) => Promise<string>, noted: Set<string>): Promise<void> {
  for (let index = 0; ; index++) {
    try {
      noted.add(await write(index));
    } catch {
      return;
    }
  }
}

async function writeAndKill(daemon: Daemon, round: number, acknowledged: Acknowledged): Promise<void> {
  const admin = await connectAdmin(daemon);
  const clients: NodeClient[] = [admin];
  const writers: Promise<void>[] = [];
  for (let writer = 0; writer < USER_WRITERS; writer++) {
    const client = await connectAdmin(daemon);
    clients.push(client);
    const write = async (index: number) => {
      const Name = `r${round}-w${writer}-${index}`;
      await client.users.create({
        Kind: "user",
        Version: "v2",
        Metadata: { Name },
        Spec: { Roles: ["dev"] },
      });
      return Name;
    };
    writers.push(writeOn(write, acknowledged.users));
  }
  for (let writer = 0; writer < REQUEST_WRITERS; writer++) {
    const client = await connectUser(daemon, admin, "alice");
    clients.push(client);
    const write = async () => {
      const request = await client.accessRequests.create({ user: "alice", roles: ["dev"] });
      return request.Metadata?.Name ?? "";
    };
    writers.push(writeOn(write, acknowledged.requests));
  }
  const before = acknowledged.users.size + acknowledged.requests.size;
  const enough = before + randomInt(20, 150);
  while (acknowledged.users.size + acknowledged.requests.size < enough) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const ended = once(daemon.process, "exit");
  daemon.process.kill("SIGKILL");
  await ended;
  await Promise.all(writers);
  await Promise.all(clients.map((client) => client.close()));
}

interface Named {
  readonly Metadata?: { readonly Name: string } | undefined;
}

async function namesOf(resources: AsyncIterable<Named>): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { Metadata } of resources) names.add(Metadata?.Name ?? "");
  return names;
}

/** Names in the audit log, by type of event; each event stands there once. */
async function auditedOf(admin: NodeClient, type: string, field: string): Promise<Set<string>> {
  const names = new Set<string>();
  const search = { fromAt: 0, toAt: Date.now() + 60_000, types: [type] };
  for await (const event of admin.events.search(search)) {
    const name = String((event.fields as Record<string, unknown>)[field]);
    assert.ok(!names.has(name), `${type} of ${name} stands twice in the audit log`);
    names.add(name);
  }
  return names;
}

const missing = (from: ReadonlySet<string>, names: ReadonlySet<string>) =>
  [...names].filter((name) => !from.has(name));

/** What is stored: every acknowledged write, each with its event and its place in every order, and nothing by half. */
async function checkStored(daemon: Daemon, acknowledged: Acknowledged): Promise<void> {
  await using admin = await connectAdmin(daemon);
  const users = await namesOf(admin.users.list());
  users.delete("alice");
  const auditedUsers = await auditedOf(admin, "user.create", "name");
  auditedUsers.delete("alice");
  assert.deepEqual(missing(users, acknowledged.users), [], "users acknowledged and lost");
  assert.deepEqual(auditedUsers, users, "users and their events are the same");

  const requests = await namesOf(admin.accessRequests.list());
  assert.deepEqual(missing(requests, acknowledged.requests), [], "requests acknowledged and lost");
  const audited = await auditedOf(admin, "access_request.create", "id");
  assert.deepEqual([...audited].sort(), [...requests].sort(), "requests and their events are the same");
  const byState = await namesOf(admin.accessRequests.list({}, { sort: "STATE" }));
  const ofAlice = await namesOf(admin.accessRequests.list({ user: "alice" }));
  assert.deepEqual([...byState].sort(), [...requests].sort(), "requests and their order are the same");
  assert.deepEqual(
    [...ofAlice].sort(),
    [...requests].sort(),
    "requests and those of their user are the same",
  );
}

test("threat 24: a daemon killed again and again keeps every acknowledged write with its event, none by half", {
  timeout: 120_000,
}, async () => {
  const acknowledged: Acknowledged = { users: new Set(), requests: new Set() };
  let daemon = await startDaemon();
  const { directory } = daemon;
  try {
    await using admin = await connectAdmin(daemon);
    const role = (Name: string, Allow: object) => ({
      Kind: "role",
      Version: "v8",
      Metadata: { Name },
      Spec: { Allow },
    });
    await admin.roles.create(role("dev", {}));
    await admin.roles.create(role("asker", { Request: { Roles: ["dev"] } }));
    await admin.users.create({
      Kind: "user",
      Version: "v2",
      Metadata: { Name: "alice" },
      Spec: { Roles: ["asker"] },
    });
    await admin.close();
    for (let round = 0; round < ROUNDS; round++) {
      await writeAndKill(daemon, round, acknowledged);
      daemon = await startDaemon({ directory });
      await checkStored(daemon, acknowledged);
    }
    assert.ok(
      acknowledged.users.size > ROUNDS && acknowledged.requests.size > ROUNDS,
      "both kinds were written",
    );
  } finally {
    await daemon.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});
