import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { beforeEach, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { type Identity, identityFromSubject } from "@sallyport/api";
import { UserCertsRequestSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { Certs } from "@sallyport/api/gen/teleport/legacy/client/proto/certs_pb";
import { formatPublicKeyLine, fromKeyObject, parseSshCertificate } from "@sallyport/ssh";
import { parseCertificate } from "@sallyport/x509";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { type Caller, REMOTE_USER_TYPE } from "../../rpc/index.ts";
import { fakeCall } from "../../rpc/testing/fake-call.ts";
import { certsRpcs } from "../certs-rpc.ts";
import { callerNamed, type IssuingWorld, openIssuing, person } from "../testing/issuing-world.ts";
import { CLUSTER } from "../testing/open-authority.ts";
import { isReason } from "../testing/service-world.ts";

const HOUR = 3_600_000;
const NAME = "remote-alice-two.example";
const clock = new StoppedClock();
let world: IssuingWorld;

beforeEach(async () => {
  world = await openIssuing(clock);
});

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key: KeyObject) => Buffer.from(key.export({ type: "spki", format: "pem" }));
const keys = {
  SSHPublicKey: Buffer.from(formatPublicKeyLine(fromKeyObject(publicKey))),
  TLSPublicKey: pem(publicKey),
};

const remote = (held = ["dev"], own: Partial<Identity> = {}): Caller => ({
  ...callerNamed(NAME, held, clock.now(), own),
  origin: { cluster: "two.example", username: "alice" },
});

async function ask(caller: Caller, parts: object = {}): Promise<Certs> {
  const request = create(UserCertsRequestSchema, { Username: NAME, ...keys, ...parts });
  const { handle } = certsRpcs(world.deps).generateUserCerts;
  return (await handle(request, fakeCall(caller, { now: clock.now() }))) as Certs;
}

function identityOf(certs: Certs): Identity {
  const certificate = parseCertificate(Buffer.from(certs.TLS).toString());
  return identityFromSubject(certificate.subject, { notAfterAt: certificate.notAfterAt });
}

test("a user of another cluster gets a certificate of this one, as who they are here", async () => {
  const certs = await ask(remote());
  const identity = identityOf(certs);
  assert.deepEqual(
    [identity.username, identity.roles, identity.teleportCluster, identity.userType],
    [NAME, ["dev"], CLUSTER, REMOTE_USER_TYPE],
  );
  assert.equal(parseSshCertificate(Buffer.from(certs.SSH).toString()).keyId, NAME);
  const [entry] = (await world.auditEvents()).filter(({ event }) => event === "cert.create");
  assert.deepEqual([entry?.user, entry?.user_cluster_name], [NAME, "two.example"]);
});

test("threat 17: it lives no longer than the session there, nor than the roles here let it", async () => {
  assert.equal(identityOf(await ask(remote())).expires?.getTime(), clock.now() + 6 * HOUR);
  assert.equal(identityOf(await ask(remote(["prod"]))).expires?.getTime(), clock.now() + 2 * HOUR);
  const renewable = remote(["dev"], { expires: new Date(clock.now() + HOUR) });
  assert.equal(identityOf(await ask(renewable)).expires?.getTime(), clock.now() + HOUR);
});

test("threat 19: what restricts the holder there restricts the certificate here", async () => {
  const own = { pinnedIp: "192.0.2.1", allowedResourceIds: ["/two.example/node/n"], mfaVerified: "key" };
  const identity = identityOf(await ask(remote(["dev"], own)));
  assert.deepEqual(
    [identity.pinnedIp, identity.allowedResourceIds, identity.mfaVerified],
    [own.pinnedIp, own.allowedResourceIds, own.mfaVerified],
  );
  await assert.rejects(ask(remote(["dev"], { disallowReissue: true })), isReason("ACCESS_DENIED"));
});

const wishes: [string, string[], object][] = [
  ["as the local user of the same name", ["dev"], { Username: "alice" }],
  ["as somebody whom the role lets others act as", ["dev", "stand-in"], { Username: "bob" }],
  ["with roles of an access request", ["dev"], { AccessRequests: ["r1"] }],
  ["without the limits of an access request", ["dev"], { DropAccessRequests: ["*"] }],
  ["with other roles", ["asks-roles"], { UseRoleRequests: true, RoleRequests: ["prod"] }],
];
for (const [name, held, wish] of wishes) {
  test(`threat 35: a user of another cluster gets none ${name}`, async () => {
    world.users.bob = person("bob", ["dev"]);
    world.granted.r1 = { id: "r1", roles: ["prod"], resourceIds: [], accessExpiresAt: clock.now() + HOUR };
    await assert.rejects(ask(remote(held), wish), isReason("ACCESS_DENIED"));
  });
}

test("nobody here gets a certificate in the name of a user of another cluster", async () => {
  const admin = { ...callerNamed("id", ["Admin"], clock.now()), kind: "system" } as Caller;
  await assert.rejects(ask(admin), isReason("ACCESS_DENIED"));
});
