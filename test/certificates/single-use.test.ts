import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, type StatusObject, status } from "@grpc/grpc-js";
import { identityFromSubject } from "@sallyport/api";
import {
  AuthService,
  MFARequired,
  UserCertsRequest_CertUsage as Usage,
  UserSingleUseCertsRequestSchema,
  UserSingleUseCertsResponseSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { CredentialTexts } from "@sallyport/api/node";
import { parseSshCertificate } from "@sallyport/ssh";
import { type Cluster, startCluster } from "@sallyport/testkit";
import { parseCertificate } from "@sallyport/x509";
import { HOUR_MS, newKey } from "./people.ts";

type Turn = NonNullable<MessageInitShape<typeof UserSingleUseCertsRequestSchema>["Request"]>;
const { name, parent } = AuthService.method.generateUserSingleUseCerts;
const path = `/${parent.typeName}/${name}`;
const key = newKey();
const toNode = { Usage: Usage.SSH, NodeName: "web1", PublicKey: Buffer.from(key.sshLine) };
const toDatabase = {
  Usage: Usage.Database,
  RouteToDatabase: { ServiceName: "orders", Protocol: "postgres" },
  TLSPublicKey: Buffer.from(key.tlsPem),
};
const noFactor: Turn = { case: "MFAResponse", value: {} };

/** The stream as clients up to version 12 have it: bytes over mutual TLS, without the SDK. */
function openExchange(cluster: Cluster, { cert, key: own, ca }: CredentialTexts) {
  const channel = credentials.createSsl(Buffer.from(ca), Buffer.from(own), Buffer.from(cert));
  const client = new Client(cluster.address, channel, {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.ssl_target_name_override": "teleport.cluster.local",
  });
  const call = client.makeBidiStreamRequest(
    path,
    (request: Turn | undefined) =>
      Buffer.from(
        toBinary(
          UserSingleUseCertsRequestSchema,
          create(UserSingleUseCertsRequestSchema, request && { Request: request }),
        ),
      ),
    (bytes) => fromBinary(UserSingleUseCertsResponseSchema, bytes),
  );
  const ended = new Promise<StatusObject>((resolve) => call.on("error", () => {}).on("status", resolve));
  ended.then(() => client.close());
  const answers = call[Symbol.asyncIterator]();
  return {
    ended,
    leave: () => call.cancel(),
    finish: () => call.end(),
    say: (turn: Turn | undefined) => call.write(turn),
    /** What the service says next. */
    hear: async () => (await answers.next()).value?.Response,
  };
}

describe("single-use certificates in turns", { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let alice: CredentialTexts;
  before(async () => {
    cluster = await startCluster();
    await cluster.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["ubuntu"] } } });
    for (const user of ["alice", "bob"]) await cluster.addUser(user, ["dev"]);
    alice = await cluster.credentials("alice");
  });
  after(() => cluster.stop());

  const init = (parts: object, Username = "alice"): Turn => ({ case: "Init", value: { Username, ...parts } });
  /** Certificates of alice in the inventory, all of them. */
  const issued = async () => {
    const { entries } = await cluster.admin().certificateInventory.listCertificates({ user: "alice" });
    return entries.length;
  };
  async function refusalOf(...turns: (Turn | undefined)[]) {
    const exchange = openExchange(cluster, alice);
    for (const turn of turns) exchange.say(turn);
    for (let heard = await exchange.hear().catch(() => undefined); heard !== undefined; ) {
      assert.notEqual(heard.case, "Cert");
      heard = await exchange.hear().catch(() => undefined);
    }
    const { code, details } = await exchange.ended;
    return [code, details] as const;
  }

  it("a wish, a challenge that asks for nothing, its answer, the certificate for SSH alone", async () => {
    const before = await issued();
    const exchange = openExchange(cluster, alice);
    exchange.say(init(toNode));
    const challenge = await exchange.hear();
    assert.equal(challenge?.case, "MFAChallenge");
    const { MFARequired: required, TOTP, WebauthnChallenge } = challenge.value;
    assert.deepEqual(
      [required, TOTP, WebauthnChallenge],
      [MFARequired.MFA_REQUIRED_NO, undefined, undefined],
    );
    assert.equal(await issued(), before, "nothing is issued while the client thinks");
    exchange.say(noFactor);
    const answer = await exchange.hear();
    assert.equal(answer?.case === "Cert" && answer.value.Cert.case, "SSH");
    assert.equal((await exchange.ended).code, status.OK);
    const certificate = parseSshCertificate(Buffer.from(answer?.value.Cert.value as Uint8Array).toString());
    const { principals, extensions } = certificate;
    const validBeforeAt = Number(certificate.validBeforeAt);
    assert.ok(validBeforeAt <= cluster.clock.now() + 60_000 && validBeforeAt > cluster.clock.now());
    assert.ok(principals.includes("ubuntu"));
    assert.ok("prev-identity-expires" in extensions);
    assert.equal(await issued(), before + 1);
  });

  it("the certificate for the other usages is X.509, for that usage, for a minute", async () => {
    const exchange = openExchange(cluster, alice);
    exchange.say(init(toDatabase));
    assert.equal((await exchange.hear())?.case, "MFAChallenge");
    exchange.say(noFactor);
    const answer = await exchange.hear();
    assert.equal(answer?.case === "Cert" && answer.value.Cert.case, "TLS");
    const { subject, notAfterAt } = parseCertificate(
      Buffer.from(answer?.value.Cert.value as Uint8Array).toString(),
    );
    const identity = identityFromSubject(subject, { notAfterAt });
    assert.ok(notAfterAt <= cluster.clock.now() + 60_000);
    assert.deepEqual([identity.username, identity.usage], ["alice", ["usage:db"]]);
    assert.equal(identity.database?.serviceName, "orders");
  });

  const refused: readonly (readonly [
    what: string,
    turns: (Turn | undefined)[],
    code: number,
    words: RegExp,
  ])[] = [
    ["an answer before any wish", [noFactor], status.INVALID_ARGUMENT, /first message is an Init/],
    [
      "a second wish",
      [init(toNode), init(toDatabase)],
      status.INVALID_ARGUMENT,
      /after the challenge is an MFAResponse/,
    ],
    ["the empty messages of version 18", [undefined], status.UNIMPLEMENTED, /GenerateUserCerts/],
    [
      "a certificate for everything",
      [init({ ...toNode, Usage: Usage.All })],
      status.INVALID_ARGUMENT,
      /one usage/,
    ],
    ["a usage without its target", [init({ ...toNode, NodeName: "" })], status.INVALID_ARGUMENT, /nodeName/],
    [
      "no key for the usage",
      [init({ ...toDatabase, TLSPublicKey: new Uint8Array(), SSHPublicKey: Buffer.from(key.sshLine) })],
      status.INVALID_ARGUMENT,
      /tls_public_key/,
    ],
    [
      "a second factor that nobody has",
      [init(toNode), { case: "MFAResponse", value: { Response: { case: "Webauthn", value: {} } } }],
      status.PERMISSION_DENIED,
      /no such second factor/,
    ],
    [
      "a one-time password",
      [
        init(toNode),
        { case: "MFAResponse", value: { Response: { case: "TOTP", value: { Code: "123456" } } } },
      ],
      status.INVALID_ARGUMENT,
      /one-time password/,
    ],
  ];
  for (const [what, turns, code, words] of refused) {
    it(`refuses ${what}, and issues nothing`, async () => {
      const before = await issued();
      const [found, details] = await refusalOf(...turns);
      assert.match(details, words);
      assert.equal(found, code);
      assert.equal(await issued(), before);
    });
  }

  it("threat 16: whoever asks for another is refused before the challenge, as a failed login", async () => {
    const fromAt = cluster.clock.now();
    cluster.clock.advance(1000);
    const exchange = openExchange(cluster, alice);
    exchange.say(init(toNode, "bob"));
    await assert.rejects(exchange.hear());
    assert.equal((await exchange.ended).code, status.PERMISSION_DENIED);
    const entries: unknown[] = [];
    const types = ["user.login", "auth"];
    for await (const { fields } of cluster.admin().events.search({ fromAt, toAt: fromAt + HOUR_MS, types })) {
      entries.push([fields.code, fields.user, fields.method]);
    }
    assert.deepEqual(entries, [["T1000W", "alice", "client.cert"]]);
  });

  it("a client that leaves before its answer, or has no more to say, gets nothing", async () => {
    const before = await issued();
    const leaves = openExchange(cluster, alice);
    leaves.say(init(toNode));
    await leaves.hear();
    leaves.leave();
    const finishes = openExchange(cluster, alice);
    finishes.say(init(toNode));
    await finishes.hear();
    finishes.finish();
    await assert.rejects(finishes.hear());
    assert.equal((await finishes.ended).code, status.INVALID_ARGUMENT);
    assert.equal(await issued(), before);
  });

  it("threat 18: a lock that comes while the client thinks ends the exchange", async () => {
    await cluster.addUser("carol", ["dev"]);
    const exchange = openExchange(cluster, await cluster.credentials("carol"));
    exchange.say(init(toNode, "carol"));
    await exchange.hear();
    await cluster.admin().locks.put({ target: { User: "carol" } });
    exchange.say(noFactor);
    await assert.rejects(exchange.hear());
    assert.equal((await exchange.ended).code, status.PERMISSION_DENIED);
  });
});
