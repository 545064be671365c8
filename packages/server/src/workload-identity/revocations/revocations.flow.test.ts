import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { beforeEach, test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Credential } from "@sallyport/api/gen/teleport/workloadidentity/v1/issuance_service_pb";
import {
  type WorkloadIdentityX509Revocation,
  WorkloadIdentityX509RevocationSchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_resource_pb";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { openAuthority } from "../../authority/testing/open-authority.ts";
import { withFiles } from "../../authority/testing/service-world.ts";
import { certificateInventoryRpcs } from "../../certificates/index.ts";
import {
  CLUSTER,
  HOUR,
  identity,
  isReason,
  newPublicKey,
  openWorkloads,
  type WorkloadWorld,
} from "../testing/workload-world.ts";

const publicKey = newPublicKey();
let world: WorkloadWorld;

beforeEach(async () => {
  world = await openWorkloads(await openAuthority(new StoppedClock(), CLUSTER));
  const web = identity("web", { spiffe: { id: "/web" } });
  await world.resources.createWorkloadIdentity.handle({ workloadIdentity: web } as never, world.call());
});

async function newSvid(): Promise<{ readonly cert: Buffer; readonly serial: string }> {
  const credential = { case: "x509SvidParams", value: { publicKey } };
  const request = { name: "web", credential } as never;
  const answer = await world.issuance.issueWorkloadIdentity.handle(request, world.call());
  const issued = (answer as { credential: Credential }).credential.credential;
  assert.equal(issued.case, "x509Svid");
  return { cert: Buffer.from(issued.value.cert), serial: issued.value.serialNumber.replaceAll(":", "") };
}

type Parts = MessageInitShape<typeof WorkloadIdentityX509RevocationSchema>;
const revocation = (name: string, spec: Parts["spec"] = { reason: "lost" }, metadata: object = {}) =>
  create(WorkloadIdentityX509RevocationSchema, { metadata: { name, ...metadata }, spec });
const createOne = async (...parts: Parameters<typeof revocation>) =>
  (await world.revoking.createWorkloadIdentityX509Revocation.handle(
    { workloadIdentityX509Revocation: revocation(...parts) } as never,
    world.call(),
  )) as never as WorkloadIdentityX509Revocation;
const read = async (name: string) =>
  (await world.revoking.getWorkloadIdentityX509Revocation.handle(
    { name } as never,
    world.call(),
  )) as never as WorkloadIdentityX509Revocation;
const remove = (name: string) =>
  world.revoking.deleteWorkloadIdentityX509Revocation.handle({ name } as never, world.call());

const spiffeCrl = async (): Promise<Buffer> =>
  (await world.lists.crl.current(await world.lists.authorities.activeX509("spiffe"))).der;
const namesIn = (crl: Buffer): string =>
  withFiles({ crl }, ({ run }) => run("openssl", "crl", "-inform", "DER", "-in", "crl", "-noout", "-text"));

test("a revoked SVID is refused by openssl with the list that is streamed; others are not", async () => {
  const [bad, good] = [await newSvid(), await newSvid()];
  await createOne(bad.serial);
  const stop = new AbortController();
  const call = { ...world.call(), signal: stop.signal };
  const stream = world.revoking.streamSignedCRL.handle({} as never, call)[Symbol.asyncIterator]();
  const { value } = await stream.next();
  stop.abort();
  await stream.return?.();
  const ca = (await world.issuing.caKeys("spiffe")).tlsCertificates.join("");
  const files = {
    der: Buffer.from((value as { crl: Uint8Array }).crl),
    ca,
    bad: pem(bad.cert),
    good: pem(good.cert),
  };
  withFiles(files, ({ run }) => {
    run("openssl", "crl", "-inform", "DER", "-in", "der", "-out", "crl");
    const at = String(Math.floor(world.clock.now() / 1000));
    const check = ["verify", "-attime", at, "-x509_strict", "-crl_check", "-CRLfile", "crl", "-CAfile", "ca"];
    assert.match(run("openssl", ...check, "good"), /good: OK/);
    assert.throws(() => run("openssl", ...check, "bad"), /certificate revoked/);
  });
});

const pem = (der: Buffer) => new X509Certificate(der).toString();

test("the stream tells each change at once, and ends with its client", async () => {
  const stop = new AbortController();
  const call = { ...world.call(), signal: stop.signal };
  const stream = world.revoking.streamSignedCRL.handle({} as never, call)[Symbol.asyncIterator]();
  const next = async () => namesIn(Buffer.from((await stream.next()).value.crl as Uint8Array));
  assert.match(await next(), /No Revoked Certificates/);
  const told = next();
  await createOne("abc123");
  assert.match(await told, /Serial Number: ABC123/);
  const { serial } = await newSvid();
  const again = next();
  const rpcs = certificateInventoryRpcs({ ...world.own, auditChange: world.issuing.auditChange });
  const selector = { case: "serial", value: serial };
  await rpcs.revokeCertificates.handle({ selector, reason: "", dryRun: false } as never, adminCall());
  assert.match(await again, new RegExp(`Serial Number: ${serial}`, "i"));
  const over = stream.next();
  stop.abort();
  assert.equal((await over).done, true);
});

function adminCall() {
  const call = world.call();
  const may = { allow: true, because: "the test" } as const;
  return {
    ...call,
    caller: { ...call.caller, permissions: { ...call.caller.permissions, check: () => may } },
  };
}

test("what was issued here is revoked in the inventory, for good; what was not is named while its resource is there", async () => {
  const { serial } = await newSvid();
  const stored = await createOne(serial, { reason: "stolen" });
  assert.equal(timestampMs(stored.spec?.revokedAt ?? timestampFromMs(0)), world.clock.now());
  assert.equal(timestampMs(stored.metadata?.expires ?? timestampFromMs(0)), world.clock.now() + 25 * HOUR);
  await createOne("f00d");
  const both = namesIn(await spiffeCrl());
  assert.match(both, /Serial Number: F00D/);
  assert.equal(both.match(new RegExp(serial, "gi"))?.length, 1);
  await remove("f00d");
  await remove(serial);
  await assert.rejects(() => read(serial), isReason("NOT_FOUND", /is not there/));
  const left = namesIn(await spiffeCrl());
  assert.doesNotMatch(left, /F00D/);
  assert.match(left, new RegExp(serial, "i"));
  assert.equal(world.own.revocations.ofEntry(serial.slice(0, 16))?.reason, "stolen");
  const codes = (await world.auditEvents()).map(({ code, reason }) => [code, reason]);
  assert.deepEqual(
    codes.filter(([code]) => String(code).startsWith("WID00") && code !== "WID001I"),
    [
      ["WID004I", "stolen"],
      ["WID004I", "lost"],
      ["WID006I", undefined],
      ["WID006I", undefined],
    ],
  );
});

test("threat 35: the lists of other authorities name none of them", async () => {
  await createOne("f00d");
  const user = await world.lists.authorities.activeX509("user");
  const { der } = await world.lists.crl.current(user);
  assert.match(namesIn(der), /No Revoked Certificates/);
});

test("threat 15: with the right to revoke SVIDs nobody revokes the certificate of a person", async () => {
  const number = world.own.inventory.next(world.clock.now());
  const x509 = { serial: number.x509Hex, fingerprint: "aa", ca: "bb" };
  const certificate = {
    ...{
      id: number.id,
      kind: "user" as const,
      user: "alice",
      caType: "user",
      ssh: undefined,
      x509,
      principals: [],
      roles: [],
    },
    ...{ issuedAt: world.clock.now(), validAfterAt: 0, expiresAt: world.clock.now() + HOUR, requester: "" },
    ...{ impersonator: "", accessRequests: [], remoteIp: "", usage: [], routes: [] },
  } as const;
  await world.own.inventory.record({ certificate, keys: {} });
  await assert.rejects(() => createOne(number.x509Hex), isReason("BAD_PARAMETER", /no X\.509 SVID/));
  assert.equal(world.own.revocations.ofEntry(number.id), undefined);
});

test("a revocation is written over, or changed at its revision", async () => {
  const upsert = async (...parts: Parameters<typeof revocation>) =>
    world.revoking.upsertWorkloadIdentityX509Revocation.handle(
      { workloadIdentityX509Revocation: revocation(...parts) } as never,
      world.call(),
    );
  await upsert("f00d", { reason: "one" });
  await assert.rejects(() => createOne("f00d"), isReason("ALREADY_EXISTS", /revoked already/));
  await upsert("f00d", { reason: "two" });
  const stored = await read("f00d");
  assert.equal(stored.spec?.reason, "two");
  const update = (revision: string) =>
    world.revoking.updateWorkloadIdentityX509Revocation.handle(
      { workloadIdentityX509Revocation: revocation("f00d", { reason: "three" }, { revision }) } as never,
      world.call(),
    );
  await assert.rejects(async () => update("other"), isReason("COMPARE_FAILED", /somebody else/));
  await update(stored.metadata?.revision ?? "");
  assert.equal((await read("f00d")).spec?.reason, "three");
  const events = (await world.auditEvents()).map(({ code, reason }) => [code, reason]);
  assert.deepEqual(
    events.filter(([code]) => code === "WID004I" || code === "WID005I"),
    [
      ["WID004I", "one"],
      ["WID005I", "two"],
      ["WID005I", "three"],
    ],
  );
});

const later = () => timestampFromMs(world.clock.now() + HOUR);
const before = () => timestampFromMs(world.clock.now() - HOUR);
const refused: [string, () => Parameters<typeof revocation>, RegExp][] = [
  ["no serial number", () => [""], /not the name of a revocation/],
  ["colons", () => ["aa:bb"], /without colons/],
  ["capitals", () => ["AABB"], /small hexadecimal/],
  ["zero", () => ["00"], /not the name/],
  ["more than 20 octets", () => ["1".repeat(41)], /not the name/],
  ["the future", () => ["aa", { revokedAt: later() }], /lies in the future/],
  ["an end that has passed", () => ["aa", {}, { expires: before() }], /it has passed/],
  ["a long reason", () => ["aa", { reason: "x".repeat(1001) }], /longer than 1000/],
];
for (const [name, parts, words] of refused) {
  test(`a revocation with ${name} is refused`, async () => {
    await assert.rejects(() => createOne(...parts()), isReason("BAD_PARAMETER", words));
  });
}
