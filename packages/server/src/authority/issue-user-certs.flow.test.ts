import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { beforeEach, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AppError, emptyIdentity, type Identity, identityFromSubject, type Reason } from "@sallyport/api";
import { UserCertsRequestSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { Certs } from "@sallyport/api/gen/teleport/legacy/client/proto/certs_pb";
import { formatPublicKeyLine, fromKeyObject, parseSshCertificate } from "@sallyport/ssh";
import { parseCertificate } from "@sallyport/x509";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import type { LockSubject } from "../locks/index.ts";
import { type Call, type Caller, writeTime } from "../rpc/index.ts";
import { fakeCall } from "../rpc/testing/fake-call.ts";
import { certsRpcs } from "./certs-rpc.ts";
import {
  callerNamed,
  callingService,
  type IssuingWorld,
  openIssuing,
  person,
} from "./testing/issuing-world.ts";
import { CLUSTER } from "./testing/open-authority.ts";

const HOUR = 3_600_000;
const clock = new StoppedClock();
let world: IssuingWorld;

beforeEach(async () => {
  world = await openIssuing(clock);
});

const ecKey = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key: KeyObject) => Buffer.from(key.export({ type: "spki", format: "pem" }));
const line = (key: KeyObject) => Buffer.from(formatPublicKeyLine(fromKeyObject(key)));
const bothKeys = { SSHPublicKey: line(ecKey.publicKey), TLSPublicKey: pem(ecKey.publicKey) };

const user = (name: string, held: string[], own: Partial<Identity> = {}) =>
  callerNamed(name, held, clock.now(), own);
const alice = (own: Partial<Identity> = {}) => user("alice", ["dev"], own);
const admin = callingService("Admin");

async function ask(caller: Caller, parts: object = {}, call: Partial<Call> = {}): Promise<Certs> {
  const request = create(UserCertsRequestSchema, { Username: "alice", ...bothKeys, ...parts });
  const answer = certsRpcs(world.deps).generateUserCerts.handle(
    request,
    fakeCall(caller, { now: clock.now(), ...call }),
  );
  return (await answer) as Certs;
}

function identityOf(certs: Certs): Identity {
  const certificate = parseCertificate(Buffer.from(certs.TLS).toString());
  return identityFromSubject(certificate.subject, { notAfterAt: certificate.notAfterAt });
}

const sshOf = (certs: Certs) => parseSshCertificate(Buffer.from(certs.SSH).toString());
const endOf = (certs: Certs) => identityOf(certs).expires?.getTime();
const refusedAs = (reason: Reason) => (error: unknown) =>
  error instanceof AppError && error.reason === reason;
const denied = refusedAs("ACCESS_DENIED");

test("an approved request goes into the certificate: its roles, its id, its end", async () => {
  world.granted.r1 = { id: "r1", roles: ["prod"], resourceIds: [], accessExpiresAt: clock.now() + HOUR };
  const certs = await ask(alice(), { AccessRequests: ["r1"] });
  const identity = identityOf(certs);
  assert.deepEqual([identity.roles, identity.activeRequests], [["dev", "prod"], ["r1"]]);
  assert.equal(endOf(certs), clock.now() + HOUR);
  assert.deepEqual(sshOf(certs).principals, ["root", "ubuntu", "-teleport-internal-join"]);
});

test("threat 3: logins of traits that no certificate can name are left out, and keep nobody from the others", async () => {
  const odd = ["root", "pc1$", "CORP\\al", "ü", "a b", "a,b", "*", "-x", "a\nb", "s$vc", ""];
  const caller = { ...user("alice", ["by-trait"]), traits: { logins: odd } };
  const certs = await ask(caller);
  assert.deepEqual(sshOf(certs).principals, ["CORP\\al", "pc1$", "root", "-teleport-internal-join"]);
  assert.deepEqual([...identityOf(certs).principals].sort(), ["CORP\\al", "pc1$", "root"]);
});

test("what is too much for a certificate is refused in words, not as an error of the service", async () => {
  const logins = Array.from({ length: 300 }, (_, index) => `u${index}`);
  const caller = { ...user("alice", ["by-trait"]), traits: { logins } };
  await assert.rejects(ask(caller), refusedAs("BAD_PARAMETER"));
});

test("threat 17: what is renewed is looked up again, and what was revoked in between is gone", async () => {
  world.granted.r1 = { id: "r1", roles: ["prod"], resourceIds: [], accessExpiresAt: clock.now() + HOUR };
  const caller = user("alice", ["dev", "prod"], { activeRequests: ["r1"] });
  assert.deepEqual(identityOf(await ask(caller)).activeRequests, ["r1"]);
  world.granted = {};
  await assert.rejects(ask(caller), denied);
  const dropped = identityOf(await ask(caller, { DropAccessRequests: ["*"] }));
  assert.deepEqual([dropped.roles, dropped.activeRequests], [["dev"], []]);
});

test("one of several requests is dropped, and its roles with it", async () => {
  world.granted.r2 = { id: "r2", roles: ["mute"], resourceIds: [], accessExpiresAt: clock.now() + HOUR };
  const caller = user("alice", ["dev", "mute", "prod"], { activeRequests: ["r1", "r2"] });
  const identity = identityOf(await ask(caller, { DropAccessRequests: ["r1"] }));
  assert.deepEqual([identity.roles, identity.activeRequests], [["dev", "mute"], ["r2"]]);
});

test("a certificate for resources is limited to them, by one request alone", async () => {
  const resourceIds = [`/${CLUSTER}/node/n1`];
  world.granted.r1 = { id: "r1", roles: ["prod"], resourceIds, accessExpiresAt: clock.now() + HOUR };
  world.granted.r2 = { ...world.granted.r1, id: "r2" };
  assert.deepEqual(
    identityOf(await ask(alice(), { AccessRequests: ["r1"] })).allowedResourceIds,
    resourceIds,
  );
  await assert.rejects(ask(alice(), { AccessRequests: ["r1", "r2"] }), refusedAs("BAD_PARAMETER"));
});

test("threat 40: for oneself nothing outlives the certificate that asks", async () => {
  const wish = { Expires: writeTime(clock.now() + 24 * HOUR) };
  assert.equal(endOf(await ask(alice(), wish)), clock.now() + 6 * HOUR);
  const short = { Expires: writeTime(clock.now() + HOUR) };
  assert.equal(endOf(await ask(alice(), short)), clock.now() + HOUR);
  await assert.rejects(ask(alice({ expires: undefined }), wish), denied);
  const over = ask(alice(), { Expires: writeTime(clock.now()) });
  await assert.rejects(over, refusedAs("CERTIFICATE_EXPIRED"));
});

test("the local administrator signs for anybody, beyond what roles allow, twelve hours by default", async () => {
  assert.equal(endOf(await ask(admin, { Username: "carol" })), clock.now() + 12 * HOUR);
  const long = { Username: "carol", Expires: writeTime(clock.now() + 100 * HOUR) };
  const certs = await ask(admin, long);
  assert.equal(endOf(certs), clock.now() + 100 * HOUR);
  assert.deepEqual([identityOf(certs).roles, identityOf(certs).impersonator], [["prod"], admin.name]);
});

test("a user without logins gets certificates with a principal that nobody has", async () => {
  world.users.alice = person("alice", ["mute"]);
  const certs = await ask(admin);
  assert.deepEqual(sshOf(certs).principals, ["-teleport-nologin-n-1", "-teleport-internal-join"]);
});

test("threat 16: nobody gets a certificate for somebody else, unless a role says so", async () => {
  await assert.rejects(ask(alice(), { Username: "bob" }), denied);
  await assert.rejects(ask(alice(), { Username: "Alice" }), denied);
  for (const role of ["Auth", "Proxy", "Node", "Bot"]) {
    await assert.rejects(ask(callingService(role), { Username: "bob" }), denied);
  }
});

test("a stand-in gets exactly the world.users and roles that a role names, and says who stands in", async () => {
  const caller = user("alice", ["stand-in"]);
  const identity = identityOf(await ask(caller, { Username: "bob" }));
  assert.deepEqual([identity.username, identity.impersonator, identity.roles], ["bob", "alice", ["dev"]]);
  await assert.rejects(ask(caller, { Username: "carol" }), denied);
  world.users.bob = person("bob", ["dev", "prod"]);
  await assert.rejects(ask(caller, { Username: "bob" }), denied);
});

test("users of an identity provider cannot be stood in for, and answer as unknown ones do", async () => {
  const message = async (Username: string) => {
    try {
      await ask(admin, { Username });
      return "granted";
    } catch (error) {
      assert.ok(denied(error));
      return (error as Error).message.replace(Username, "X");
    }
  };
  assert.equal(await message("sso"), await message("nobody"));
});

test("an impersonated certificate renews itself and nothing more", async () => {
  const caller = user("bob", ["dev"], { impersonator: "alice" });
  assert.equal(identityOf(await ask(caller, { Username: "bob" })).impersonator, "alice");
  world.granted.r1 = { id: "r1", roles: ["prod"], resourceIds: [], accessExpiresAt: clock.now() + HOUR };
  await assert.rejects(ask(caller, { Username: "bob", AccessRequests: ["r1"] }), denied);
  await assert.rejects(ask(caller, { Username: "alice" }), denied);
});

test("what the local administrator signed names them, also when it is renewed, and is one's own", async () => {
  const host = `${randomUUID()}.${CLUSTER}`;
  const caller = user("alice", ["dev"], { impersonator: host, teleportCluster: CLUSTER });
  assert.equal(identityOf(await ask(caller)).impersonator, host);
  world.granted.r1 = { id: "r1", roles: ["prod"], resourceIds: [], accessExpiresAt: clock.now() + HOUR };
  const lent = identityOf(await ask(caller, { AccessRequests: ["r1"] }));
  assert.deepEqual([lent.roles, lent.impersonator], [["dev", "prod"], host]);
  const elsewhere = user("alice", ["dev"], { impersonator: host, teleportCluster: "elsewhere" });
  await assert.rejects(ask(elsewhere, { AccessRequests: ["r1"] }), denied);
});

test("role requests: other roles for oneself, marked, and not to be used for more", async () => {
  const caller = user("alice", ["asks-roles"]);
  const wish = { UseRoleRequests: true, RoleRequests: ["prod"] };
  const identity = identityOf(await ask(caller, wish));
  assert.deepEqual(
    [identity.roles, identity.impersonator, identity.disallowReissue],
    [["prod"], "alice", true],
  );
  await assert.rejects(ask(caller, { ...wish, RoleRequests: ["dev"] }), denied);
  await assert.rejects(ask(caller, { UseRoleRequests: true }), refusedAs("BAD_PARAMETER"));
  await assert.rejects(ask(caller, { ...wish, Username: "bob" }), denied);
  await assert.rejects(ask(user("alice", ["prod"], { disallowReissue: true })), denied);
});

const locks: [string, LockSubject][] = [
  ["the user", { field: "user", value: "alice" }],
  ["a role", { field: "role", value: "dev" }],
  ["a role of a request", { field: "role", value: "prod" }],
  ["a request", { field: "access_request", value: "r1" }],
];

for (const [name, subject] of locks) {
  test(`threat 18: no certificate while ${name} is locked, and no entry of one`, async () => {
    world.granted.r1 = { id: "r1", roles: ["prod"], resourceIds: [], accessExpiresAt: clock.now() + HOUR };
    world.locked = subject;
    await assert.rejects(ask(alice(), { AccessRequests: ["r1"] }), refusedAs("LOCKED"));
    assert.deepEqual(await world.auditEvents(), []);
  });
}

test("while locks are not known, strict refuses: by the cluster, or by any role that the certificate would have", async () => {
  world.isStale = true;
  await ask(alice());
  world.clusterMode = "strict";
  await assert.rejects(ask(alice()), refusedAs("LOCKED"));
  world.clusterMode = "best_effort";
  await assert.rejects(ask(user("alice", ["dev", "strict"])), refusedAs("LOCKED"));
});

test("a role that does not exist says so", async () => {
  await assert.rejects(
    ask(admin, { Username: "stranded" }),
    (error) => refusedAs("NOT_FOUND")(error) && /"gone"/.test((error as Error).message),
  );
});

test("nobody's own empty identity opens a door", async () => {
  const ghost: Caller = { ...alice(), identity: emptyIdentity("alice") };
  await assert.rejects(ask(ghost), denied);
  await assert.rejects(ask({ ...alice(), kind: "anonymous", name: "" }), denied);
});
