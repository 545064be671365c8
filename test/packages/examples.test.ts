import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { NodeClient } from "@sallyport/api/node";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { RunningExample } from "./run-example.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-examples-"));
let cluster: Cluster;
let alice: NodeClient;
/** The arguments that connect an example with the rights of an access plugin. */
let connection: string[];

before(async () => {
  cluster = await startCluster();
  const rules = [
    { resources: ["access_request"], verbs: ["list", "read", "update"] },
    { resources: ["event"], verbs: ["list", "read"] },
  ];
  await cluster.addRole({ metadata: { name: "access-plugin" }, spec: { allow: { rules } } });
  for (const name of ["harmless", "root"]) await cluster.addRole({ metadata: { name }, spec: {} });
  const request = { roles: ["harmless", "root"] };
  await cluster.addRole({ metadata: { name: "asker" }, spec: { allow: { request } } });
  await cluster.addUser("access-plugin", ["access-plugin"]);
  await cluster.addUser("alice", ["asker"]);
  alice = await cluster.connect(await cluster.credentials("alice"));
  const plugin = await cluster.credentials("access-plugin");
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const [cert, key, ca] = [
    file("auth.crt", plugin.cert),
    file("auth.key", plugin.key),
    file("auth.cas", plugin.ca),
  ];
  connection = ["--auth-server", cluster.address, "--cert", cert, "--key", key, "--ca", ca];
});
after(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

async function ask(...roles: string[]): Promise<string> {
  const request = await alice.accessRequests.create({ user: "alice", roles, reason: "to see" });
  return request.Metadata?.Name ?? "";
}

const stateOf = async (id: string) => (await cluster.admin().accessRequests.get(id)).Spec?.State;
const [pending, approved] = [1, 2];

test("auto-approver: approves what is harmless, old and new, once, and leaves the rest", async () => {
  const [old, dangerous] = [await ask("harmless"), await ask("harmless", "root")];
  const copies = [0, 1].map(
    () => new RunningExample("auto-approver.ts", [...connection, "--role", "harmless"]),
  );
  await Promise.race(copies.map((copy) => copy.line(new RegExp(`^approved ${old}: alice for harmless`))));
  const fresh = await ask("harmless");
  await Promise.race(copies.map((copy) => copy.line(new RegExp(`^approved ${fresh}`))));
  assert.deepEqual(
    [await stateOf(old), await stateOf(fresh), await stateOf(dangerous)],
    [approved, approved, pending],
  );
  // One may do all the work while the other still starts, and cannot be stopped with grace yet.
  await Promise.all(copies.map((copy) => copy.line(/^watching/)));
  assert.deepEqual(await Promise.all(copies.map((copy) => copy.stop())), [0, 0]);
  const approvals = copies.flatMap(({ lines }) => lines.filter((line) => line.startsWith("approved")));
  assert.equal(approvals.length, 2, approvals.join("\n"));
});

test("webhook-forwarder: signed changes arrive, and a restart misses none", async () => {
  const bodies: { id: string; state: string; event: string }[] = [];
  let arrived = () => {};
  const receiver = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const signature = createHmac("sha256", "s3cret").update(body).digest("hex");
    response.writeHead(request.headers["x-signature"] === signature ? 204 : 403).end();
    bodies.push(JSON.parse(body));
    arrived();
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const until = async (id: string, state: string) => {
    while (!bodies.some((body) => body.id === id && body.state === state)) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  };
  const secret = join(folder, "secret");
  writeFileSync(secret, "s3cret\n");
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const args = [
    ...connection,
    "--url",
    url,
    "--secret-file",
    secret,
    "--cursor-file",
    join(folder, "cursor"),
  ];
  const first = new RunningExample("webhook-forwarder.ts", args);
  await first.line(/^init/);
  const one = await ask("root");
  await until(one, "PENDING");
  assert.equal(await first.stop(), 0);
  const missed = await ask("harmless");
  await cluster.admin().accessRequests.deny(missed);
  const second = new RunningExample("webhook-forwarder.ts", args);
  await until(missed, "DENIED");
  await second.stop();
  receiver.close();
  const ofMissed = bodies.filter(({ id }) => id === missed).map(({ state }) => state);
  assert.deepEqual(ofMissed, ["PENDING", "DENIED"]);
});

test("audit-tail: prints what was written and what is added", async () => {
  const id = await ask("root");
  const tail = new RunningExample("audit-tail.ts", [...connection, "--type", "access_request.create"]);
  const line = await tail.line(new RegExp(id));
  assert.equal(JSON.parse(line).event, "access_request.create");
  const next = await ask("harmless");
  await tail.line(new RegExp(next));
  assert.equal(await tail.stop(), 0);
  const once = new RunningExample("audit-tail.ts", [...connection, "--once", "--since", "10m"]);
  assert.equal(await once.end(), 0);
  assert.ok(once.lines.some((text) => JSON.parse(text).event === "user.create"));
});

test("every example explains itself, refuses what it does not know, and tells errors in words", async () => {
  for (const name of ["auto-approver.ts", "webhook-forwarder.ts", "audit-tail.ts"]) {
    const help = new RunningExample(name, ["--help"]);
    assert.equal(await help.end(), 0, help.errors);
    assert.ok(help.lines.some((line) => line.includes("--identity FILE")));
    const wrong = new RunningExample(name, ["--helpp"]);
    assert.equal(await wrong.end(), 2);
    assert.match(wrong.errors, /Unknown option '--helpp'/);
    const nobody = new RunningExample(
      name,
      ["--url", "http://127.0.0.1:1"].slice(name.startsWith("webhook") ? 0 : 2),
    );
    assert.equal(await nobody.end(), 1);
    assert.match(nobody.errors, /^BAD_PARAMETER: say who you are: --cert, --key and --ca, or --identity\n$/);
  }
});
