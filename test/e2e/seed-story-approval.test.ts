import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@bufbuild/protobuf";
import { type AuditEvent, isAppError } from "@sallyport/api";
import { connect, fromFiles, fromIdentityFile, type NodeClient } from "@sallyport/api/node";
import { newestSchema } from "../support/admin.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { type LineProgram, startLineProgram } from "../support/json-lines.ts";
import { type PemFiles, readIdentityFile } from "../support/pem-files.ts";
import { tctl } from "../support/tctl.ts";
import { hasStatus, WireClient } from "../support/wire-client.ts";

const plugin = fileURLToPath(new URL("./story-plugin.ts", import.meta.url));
const PENDING = 1;
const APPROVED = 2;

const resources = `
kind: user
version: v2
metadata: {name: alice}
spec: {roles: [asks-for-dba]}
---
kind: user
version: v2
metadata: {name: bob}
spec: {roles: [reviews-dba]}
---
kind: user
version: v2
metadata: {name: chat}
spec: {roles: [chat]}
---
kind: role
version: v7
metadata: {name: dba}
spec:
  options: {max_session_ttl: 30m}
  allow: {logins: [postgres]}
---
kind: role
version: v7
metadata: {name: asks-for-dba}
spec: {allow: {request: {roles: [dba]}}}
---
kind: role
version: v7
metadata: {name: reviews-dba}
spec: {allow: {review_requests: {roles: [dba]}}}
---
kind: role
version: v7
metadata: {name: chat}
spec: {allow: {rules: [{resources: [access_request], verbs: [list, read, update]}]}}
`;

let daemon: Daemon;
let bot: LineProgram;
let id: string;
const startedAt = Date.now();
const path = (name: string) => join(daemon.directory, name);
const identityOf = (user: string) => ({ identity: path(`${user}.pem`) });

before(async () => {
  daemon = await startDaemon();
});
after(async () => {
  await bot?.[Symbol.asyncDispose]();
  await daemon?.[Symbol.asyncDispose]();
});

test("an admin creates requester, reviewer, role and plugin, and gives out credentials", async () => {
  writeFileSync(path("people.yaml"), resources);
  await tctl(daemon, ["create", "people.yaml"]);
  for (const user of ["alice", "bob"]) {
    await tctl(daemon, ["auth", "sign", `--user=${user}`, `--out=${user}.pem`, "--ttl=8h"]);
  }
  await tctl(daemon, ["auth", "sign", "--format=tls", "--user=chat", "--out=chat"]);
});

test("the plugin connects and watches", async () => {
  bot = startLineProgram(plugin, [daemon.address, path("chat")]);
  const { cluster } = await bot.nextLike({ saw: "init" });
  assert.equal(cluster, "one.example");
});

test("the requester asks, and the plugin sees it", async () => {
  const asked = await tctl(
    daemon,
    ["requests", "create", "alice", "--roles=dba", "--reason=the disk is full"],
    identityOf("alice"),
  );
  id = asked.trim();
  const seen = await bot.nextLike({ saw: "put", id, state: PENDING });
  assert.deepEqual({ user: seen.user, roles: seen.roles }, { user: "alice", roles: ["dba"] });
});

test("the plugin has noted it, and a second note does not overwrite the first", async () => {
  const files = { cert: path("chat.crt"), key: path("chat.key"), ca: path("chat.cas") };
  await using chat = await connect({ address: daemon.address, credentials: fromFiles(files) });
  const place = { plugin: "chat", resource: id };
  assert.deepEqual(await chat.pluginData.get(place), { message: `about ${id}` });
  await assert.rejects(
    chat.pluginData.update(place, { set: { message: "another" }, expect: { message: "" } }),
    (error) => isAppError(error, "COMPARE_FAILED"),
  );
});

test("before the approval there is no certificate with the role", async () => {
  await using alice = await connectAs("alice");
  await assert.rejects(certificateFor(alice, Date.now() + 600_000), (error) =>
    isAppError(error, "ACCESS_DENIED"),
  );
});

test("the requester cannot approve, the reviewer can, and the plugin sees it", async () => {
  const review = (author: string) =>
    tctl(daemon, ["requests", "review", id, `--author=${author}`, "--approve"], identityOf(author));
  await assert.rejects(review("alice"));
  await review("bob");
  await bot.nextLike({ saw: "put", id, state: APPROVED });
});

test("the requester gets a certificate that carries the role, no longer than the role allows", async () => {
  await using alice = await connectAs("alice");
  const { certificate } = await certificateFor(alice, Date.now() + 36_000_000);
  assert.match(certificate.subject, /^O=.*\bdba\b/m);
  const left = certificate.validToDate.getTime() - Date.now();
  assert.ok(left <= 1_800_000 && left > 1_700_000, `${left} ms are left of 30 minutes`);
});

test("the certificate works until it expires, and not after", { timeout: 30_000 }, async () => {
  await using alice = await connectAs("alice");
  const { certificate, credentials } = await certificateFor(alice, Date.now() + 3_000);
  assert.equal(await whoIs(credentials), "alice");
  await wait(certificate.validToDate.getTime() - Date.now() + 1_000);
  await assert.rejects(whoIs(credentials), hasStatus("UNAVAILABLE"));
});

test("everything is in the audit log", async () => {
  await using admin = await connect({
    address: daemon.address,
    credentials: fromIdentityFile(daemon.adminIdentity),
  });
  const events = await Array.fromAsync(
    admin.events.search({ fromAt: startedAt, toAt: Date.now() + 60_000, order: "ascending" }),
  );
  const about = events.filter(({ fields }) => JSON.stringify(fields).includes(id));
  const [refused, done] = [about.filter(isRefusal), about.filter((event) => !isRefusal(event))];
  assert.deepEqual(
    done.map(({ type, fields }) => [type, fields.code, fields.user ?? fields.reviewer]),
    [
      ["access_request.create", "T5000I", "alice"],
      ["access_request.review", "T5002I", "bob"],
      ["cert.create", "TC000I", "alice"],
      ["cert.create", "TC000I", "alice"],
    ],
  );
  assert.ok(refused.length > 0, "the certificate that was refused is not there");
  const types = new Set(events.map(({ type }) => type));
  for (const type of ["user.create", "role.created", "cert.create"]) assert.ok(types.has(type), type);
});

const isRefusal = ({ type, fields }: AuditEvent) => type === "auth" && fields.success === false;

function connectAs(user: string): Promise<NodeClient> {
  return connect({ address: daemon.address, credentials: fromIdentityFile(path(`${user}.pem`)) });
}

async function certificateFor(client: NodeClient, expiresAt: number) {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { tls } = await client.certificates.generateUserCerts({
    user: "alice",
    tlsPublicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    expiresAt,
    accessRequests: [id],
  });
  const key = Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" }));
  const { cas } = readIdentityFile(daemon.adminIdentity);
  return { certificate: new X509Certificate(tls), credentials: { crt: Buffer.from(tls), key, cas } };
}

/** The name under which the service knows the holder, on a connection of its own. */
async function whoIs(credentials: PemFiles): Promise<unknown> {
  const serverName = "teleport.cluster.local";
  const client = new WireClient({ schema: newestSchema, address: daemon.address, credentials, serverName });
  try {
    const { Metadata } = await client.call("/proto.AuthService/GetCurrentUser");
    return (Metadata as JsonObject).Name;
  } finally {
    client.close();
  }
}
