import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { beforeEach, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AppError, type Identity, identityFromSubject, isAppError, type Reason } from "@sallyport/api";
import { UserCertsRequestSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { Certs } from "@sallyport/api/gen/teleport/legacy/client/proto/certs_pb";
import { parseCertificate } from "@sallyport/x509";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { createLockStore } from "../../locks/index.ts";
import { fakeCall } from "../../rpc/testing/fake-call.ts";
import { certsRpcs } from "../certs-rpc.ts";
import { callerNamed, type IssuingWorld, openIssuing, person } from "../testing/issuing-world.ts";

const HOUR = 3_600_000;
const BOT = "bot-ci";
const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const TLSPublicKey = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));
let clock: StoppedClock;
let world: IssuingWorld;
/** What the first certificate of an instance of the bot says. */
let first: Partial<Identity>;

beforeEach(async () => {
  clock = new StoppedClock();
  world = await openIssuing(clock);
  world.users[BOT] = person(BOT, ["dev"]);
  const renewal = world.deps.generations.first(BOT, clock.now() + HOUR);
  await world.own.backend.commit([renewal.change]);
  first = {
    renewable: true,
    generation: renewal.generation,
    botInstanceId: renewal.instanceId,
    botName: "ci",
  };
});

async function renew(
  own: Partial<Identity>,
  parts: object = {},
  deps = world.deps,
): Promise<{ identity: Identity; certs: Certs }> {
  const request = create(UserCertsRequestSchema, { Username: BOT, TLSPublicKey, ...parts });
  const call = fakeCall(callerNamed(BOT, ["dev"], clock.now(), own), { now: clock.now() });
  const certs = (await certsRpcs(deps).generateUserCerts.handle(request, call)) as Certs;
  return {
    identity: identityFromSubject(parseCertificate(Buffer.from(certs.TLS).toString()).subject),
    certs,
  };
}

const isReason = (reason: Reason) => (error: unknown) => isAppError(error, reason);
const locks = async () => (await createLockStore(world.own.backend).list({ limit: 10 })).resources;

test("threat 40: each renewal counts on by one, and stays what it was", async () => {
  let own = first;
  for (const generation of [2n, 3n, 4n]) {
    const { identity } = await renew(own);
    assert.deepEqual([identity.renewable, identity.generation], [true, generation]);
    assert.equal(identity.botInstanceId, first.botInstanceId);
    own = { ...first, generation: identity.generation };
  }
  assert.deepEqual(await locks(), []);
});

test("threat 40: one certificate renewed twice locks the bot, and says so in the audit log", async () => {
  await renew(first);
  await assert.rejects(renew(first), isReason("ACCESS_DENIED"));
  const [lock] = await locks();
  assert.equal(lock?.Spec?.Target?.User, BOT);
  assert.equal(lock?.Spec?.Expires, undefined);
  assert.equal(Number(lock?.Spec?.CreatedAt?.seconds), Math.floor(clock.now() / 1000));
  const events = await world.auditEvents();
  assert.deepEqual(
    events.map(({ event, code, user }) => [event, code, user]),
    [
      ["cert.create", "TC000I", BOT],
      ["cert.generation_mismatch", "TCB00W", BOT],
    ],
  );
});

test("threat 40: two renewals at the same moment are one, and a lock", async () => {
  const outcomes = await Promise.allSettled([renew(first), renew(first)]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const failed = outcomes.find((one) => one.status === "rejected");
  assert.ok(isAppError(failed?.reason, "ACCESS_DENIED"));
  assert.equal((await locks()).length, 1);
});

/** Issuing where a lock comes while the certificate is being written down. */
function lockedWithin(): typeof world.deps {
  const { inventory } = world.deps;
  const record: typeof inventory.record = (issue, ...changes) => {
    let asked = 0;
    const refuseLocked = () => {
      asked += 1;
      if (asked === 2) throw new AppError("LOCKED");
    };
    return inventory.record({ ...issue, refuseLocked }, ...changes);
  };
  return { ...world.deps, inventory: { ...inventory, record } };
}

test("threat 40: a lock that comes within the write refuses the renewal, and nobody is called a thief for it", async () => {
  await assert.rejects(renew(first, {}, lockedWithin()), isReason("LOCKED"));
  assert.deepEqual(await locks(), []);
  assert.deepEqual(
    (await world.auditEvents()).map(({ event }) => event),
    ["cert.create"],
  );
});

test("threat 40: a renewal that was held back did not count: the next one is the first, and one more is a theft", async () => {
  await assert.rejects(renew(first, {}, lockedWithin()), isReason("LOCKED"));
  const { identity } = await renew(first);
  assert.equal(identity.generation, 2n);
  assert.deepEqual(await locks(), []);
  await assert.rejects(renew(first), isReason("ACCESS_DENIED"));
  assert.equal((await locks()).length, 1);
});

test("without a generation it is refused, of an unknown instance it locks", async () => {
  await assert.rejects(renew({ ...first, generation: 0n }), isReason("ACCESS_DENIED"));
  assert.deepEqual(await locks(), []);
  await assert.rejects(renew({ ...first, botInstanceId: "other" }), isReason("ACCESS_DENIED"));
  assert.equal((await locks()).length, 1);
});

test("what a bot gets for its work does not count, and cannot be renewed", async () => {
  const { identity } = await renew(first, {
    Usage: 3,
    RouteToDatabase: { ServiceName: "orders" },
    Purpose: 2,
  });
  assert.deepEqual([identity.renewable, identity.generation], [false, 0n]);
  assert.deepEqual([identity.botName, identity.botInstanceId], ["ci", first.botInstanceId]);
  assert.equal((await renew(first)).identity.generation, 2n);
});

test("a bot gets the authority of hosts as well, others get that of users alone", async () => {
  const { user, host } = world.own.keyring;
  const { certs } = await renew(first);
  const shown = certs.TLSCACerts.map((bytes) => Buffer.from(bytes).toString());
  assert.deepEqual(shown, [...user.tlsCertificates, ...host.tlsCertificates]);
  const plain = (await renew({})).certs;
  assert.equal(plain.TLSCACerts.length, 1);
});
