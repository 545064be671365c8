import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID, X509Certificate } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { Admin } from "../support/admin.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import type { PemFiles } from "../support/pem-files.ts";
import { sshPublicKeyLine } from "../support/ssh-public-key.ts";
import { hasStatus, WireClient, type WireStream } from "../support/wire-client.ts";
import { committedFacts, eraFacts, type WireFacts } from "../support/wire-facts.ts";
import { WireSchema } from "../support/wire-schema.ts";

const INIT_MS = 5_000;
const auth = (method: string) => `/proto.AuthService/${method}`;
const releases = ["v4.3.0", "v4.4.0", "v5.0.0"];
const contracts = [committedFacts(), ...releases.flatMap((release) => eraFacts(release) ?? [])];

let daemon: Daemon;
let plugin: PemFiles;
let requester: PemFiles;

before(async () => {
  daemon = await startDaemon();
  const admin = new Admin(daemon);
  await admin.role("access-plugin", {
    Logins: ["access-plugin"],
    Rules: [
      { Resources: ["access_request"], Verbs: ["list", "read", "update", "delete"] },
      { Resources: ["user"], Verbs: ["list", "read"] },
    ],
  });
  await admin.role("dba", { Logins: ["postgres"] });
  await admin.role("requester-of-dba", { Logins: ["alice"], Request: { Roles: ["dba"] } });
  await admin.user("access-plugin", ["access-plugin"]);
  await admin.user("alice", ["requester-of-dba"]);
  plugin = await admin.credentialsOf("access-plugin");
  requester = await admin.credentialsOf("alice");
  admin.close();
});

after(() => daemon?.[Symbol.asyncDispose]());

for (const facts of contracts) {
  describe(`a client of 2020 by ${facts.source}`, () => playEra(facts));
}

function playEra(facts: WireFacts): void {
  const schema = new WireSchema(facts);
  const stateOf = (name: string) => schema.valueOf("RequestState", name);
  const operation = (name: string) => schema.valueOf("Operation", name);
  // No server name and no version header: the certificate is held against the host that was dialled.
  const dial = (credentials: PemFiles, host = "127.0.0.1") =>
    new WireClient({ schema, address: `${host}:${daemon.port}`, credentials });
  let bot: WireClient;
  let alice: WireClient;
  let watch: WireStream;
  const id = randomUUID();

  before(() => {
    bot = dial(plugin);
    alice = dial(requester);
  });
  after(() => {
    watch?.cancel();
    bot?.close();
    alice?.close();
  });

  for (const host of ["127.0.0.1", "localhost"]) {
    test(`pings the host that it dialled, ${host}`, async () => {
      const client = dial(plugin, host);
      const pong = await client.call(auth("Ping"));
      client.close();
      assert.equal(pong.ClusterName, "one.example");
      const [major = 0] = String(pong.ServerVersion).split(".").map(Number);
      assert.ok(major > 4, `${pong.ServerVersion} is not above 4.3.0`);
    });
  }

  test("opens a watch for pending requests and gets INIT first", async () => {
    watch = bot.stream(auth("WatchEvents"), {
      Kinds: [{ Kind: "access_request", Filter: { state: "PENDING" } }],
    });
    const first = await watch.next(INIT_MS);
    assert.equal(first?.Type ?? 0, operation("INIT"));
  });

  test("asks for a role under an id of its own and gets an empty answer", async () => {
    const create = (name: string) =>
      alice.call(auth("CreateAccessRequest"), {
        Kind: "access_request",
        Version: "v3",
        Metadata: { Name: name },
        Spec: { User: "alice", Roles: ["dba"], State: stateOf("PENDING") },
      });
    assert.deepEqual(await create(id), {});
    await assert.rejects(create(id), hasStatus("ALREADY_EXISTS"));
    await assert.rejects(create("../../users/alice"), hasStatus("INVALID_ARGUMENT"));
  });

  test("sees the request on the watch, whole", async () => {
    const event = await watch.next();
    assert.equal(event?.Type, operation("PUT"));
    const seen = part(event, "AccessRequest");
    assert.equal(part(seen, "Metadata").Name, id);
    const { User, Roles, State } = part(seen, "Spec");
    assert.deepEqual({ User, Roles, State }, { User: "alice", Roles: ["dba"], State: stateOf("PENDING") });
  });

  test("reads the request by its id", async () => {
    const found = await requestById(bot, id);
    assert.equal(part(found, "Metadata").Name, id);
    assert.deepEqual(await bot.call(auth("GetAccessRequests"), { ID: randomUUID() }), {});
  });

  test("keeps plugin data with compare-and-swap", async () => {
    const where = { Kind: "access_request", Resource: id, Plugin: "chat" };
    const before = await bot.call(auth("GetPluginData"), where);
    assert.deepEqual(before.PluginData ?? [], []);
    const first = { ...where, Set: { message: "1" }, Expect: { message: "" } };
    await bot.call(auth("UpdatePluginData"), first);
    await assert.rejects(bot.call(auth("UpdatePluginData"), first), hasStatus("FAILED_PRECONDITION"));
    await bot.call(auth("UpdatePluginData"), { ...where, Set: { message: "2" }, Expect: { message: "1" } });
    const [stored] = (await bot.call(auth("GetPluginData"), where)).PluginData as JsonObject[];
    assert.equal(stored?.SubKind, "access_request");
    assert.deepEqual(part(stored, "Spec").Entries, { chat: { Data: { message: "2" } } });
  });

  test("approves in the name of a delegator, with a reason where the release has one", async () => {
    const fields = facts.messages.get(schema.method(auth("SetAccessRequestState")).input) ?? [];
    const hasReason = fields.some(({ name }) => name === "Reason");
    await bot.call(auth("SetAccessRequestState"), {
      ID: id,
      State: stateOf("APPROVED"),
      Delegator: "plugin:bob",
      ...(hasReason && { Reason: "on call" }),
    });
    const { State, ResolveReason } = part(await requestById(bot, id), "Spec");
    assert.equal(State, stateOf("APPROVED"));
    if (hasReason) assert.equal(ResolveReason, "on call");
  });

  test("gets both certificates for one public key, with the role that was approved", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const answer = await alice.call(auth("GenerateUserCerts"), {
      PublicKey: Buffer.from(sshPublicKeyLine(publicKey)).toString("base64"),
      Username: "alice",
      Expires: new Date(Date.now() + 600_000).toISOString(),
      Format: "standard",
      AccessRequests: [id],
    });
    const tls = new X509Certificate(Buffer.from(answer.TLS as string, "base64"));
    assert.ok(tls.publicKey.equals(publicKey));
    assert.match(tls.subject, /^CN=alice$/m);
    assert.match(tls.subject, /^O=dba\b|\bO=dba\b/m);
    assert.match(Buffer.from(answer.SSH as string, "base64").toString(), /-cert-v01@openssh\.com /);
  });

  test("lists users on a stream", async () => {
    const users = await bot.collect(auth("GetUsers"), {});
    const names = users.map((user) => part(user, "Metadata").Name);
    assert.ok(names.includes("alice") && names.includes("access-plugin"), names.join());
    await assert.rejects(alice.collect(auth("GetUsers"), {}), hasStatus("PERMISSION_DENIED"));
  });

  test("hears of the deletion by a header alone", async () => {
    await bot.call(auth("DeleteAccessRequest"), { ID: id });
    const event = await watch.next();
    assert.equal(event?.Type, operation("DELETE"));
    const header = part(event, "ResourceHeader");
    assert.equal(header.Kind, "access_request");
    assert.equal(part(header, "Metadata").Name, id);
  });

  test("a filter key that is not known is refused", async () => {
    const stream = bot.stream(auth("WatchEvents"), {
      Kinds: [{ Kind: "access_request", Filter: { colour: "red" } }],
    });
    await assert.rejects(stream.next(), hasStatus("INVALID_ARGUMENT"));
  });
}

/** A message within a message, which must be there. */
function part(json: JsonObject | undefined, name: string): JsonObject {
  const found = json?.[name];
  assert.ok(typeof found === "object" && found !== null && !Array.isArray(found), `no ${name}`);
  return found;
}

async function requestById(client: WireClient, id: string): Promise<JsonObject> {
  const { AccessRequests: all = [] } = await client.call(auth("GetAccessRequests"), { ID: id });
  const [request] = all as JsonObject[];
  assert.ok(request, `there is no request ${id}`);
  return request;
}
