import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import { isAppError, type Reason } from "@sallyport/api";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { type Certificate, parseCertificate } from "@sallyport/x509";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { openAuditLog } from "../../audit/index.ts";
import { AUDIT_PREFIX } from "../../storage/index.ts";
import { type CaType, caTypes } from "../ca-types.ts";
import { createServerMaterial } from "../server-material.ts";
import { CLUSTER, openAuthority, type SmallAuthority } from "../testing/open-authority.ts";
import { createVerifyPeer } from "../verify-peer.ts";
import { DEFAULT_GRACE_MS } from "./decide-rotation.ts";
import { followSchedules, rotateAuthority } from "./index.ts";

const HOUR = 3_600_000;
const info = { serverName: undefined, remoteAddress: "", remoteIp: "", remotePort: 1 };
let clock: StoppedClock;
let own: SmallAuthority;
let deps: Parameters<typeof rotateAuthority>[0];

beforeEach(async () => {
  clock = new StoppedClock();
  own = await openAuthority(clock);
  const audit = openAuditLog({ backend: own.backend, clock, clusterName: CLUSTER });
  deps = { authorities: own.authorities, clusterName: CLUSTER, clock, auditChange: audit.change };
});

const step = (type: CaType, targetPhase: string, mode = "manual") =>
  rotateAuthority(deps, type, { targetPhase, mode, gracePeriodMs: undefined, schedule: undefined });
const isReason = (reason: Reason) => (error: unknown) => isAppError(error, reason);
const accepted = async (der: Buffer) => (await createVerifyPeer(own.keyring, clock, CLUSTER)([der], info)).ok;

/** Every key of an authority as text, those that sign first. */
function keysOf({ Spec }: CertAuthorityV2): { active: string[]; additional: string[] } {
  const texts = (
    set: typeof Spec extends infer S | undefined ? S : never,
    which: "ActiveKeys" | "AdditionalTrustedKeys",
  ) =>
    [
      ...(set?.[which]?.SSH ?? []).map((pair) => pair.PublicKey),
      ...(set?.[which]?.TLS ?? []).map((pair) => pair.Cert),
      ...(set?.[which]?.JWT ?? []).map((pair) => pair.PublicKey),
    ].map((bytes) => Buffer.from(bytes).toString());
  return { active: texts(Spec!, "ActiveKeys"), additional: texts(Spec!, "AdditionalTrustedKeys") };
}

for (const type of Object.keys(caTypes) as CaType[]) {
  test(`an authority of type ${type} is rotated with all its kinds of keys, and back`, async () => {
    const before = keysOf(await own.authorities.ensure(type));
    const init = keysOf(await step(type, "init"));
    assert.deepEqual(init.active, before.active);
    assert.equal(init.additional.length, before.active.length);
    assert.equal(new Set([...init.active, ...init.additional]).size, 2 * before.active.length);
    const clients = keysOf(await step(type, "update_clients"));
    assert.deepEqual(clients, { active: init.additional, additional: init.active });
    assert.deepEqual(keysOf(await step(type, "rollback")), init);
    assert.deepEqual(keysOf(await step(type, "standby")), before);
    for (const phase of ["init", "update_clients", "update_servers", "standby"]) await step(type, phase);
    const after = keysOf(await own.authorities.ensure(type));
    assert.deepEqual(after.additional, []);
    assert.ok(after.active.every((key) => !before.active.includes(key)));
  });
}

test("the certificates of both keys count in every phase between, and of one key alone when it stands by", async () => {
  const old = await own.issue("user", { roles: ["dev"] });
  for (const phase of ["init", "update_clients", "update_servers"]) {
    await step("user", phase);
    const fresh = await own.issue("user", { roles: ["dev"] });
    assert.deepEqual([await accepted(old), await accepted(fresh)], [true, true], phase);
  }
  const fresh = await own.issue("user", { roles: ["dev"] });
  await step("user", "standby");
  assert.deepEqual([await accepted(old), await accepted(fresh)], [false, true]);
});

test("the server's certificate is of the old key until servers are updated", async () => {
  const names = { clusterName: CLUSTER, hostId: "h", publicAddresses: [] };
  const issuer = async () => {
    const { cert, clientCas } = await createServerMaterial(own, names, clock.now());
    const { issuerDer }: Certificate = parseCertificate(cert);
    return { issuer: Buffer.from(issuerDer).toString("hex"), cas: clientCas.length };
  };
  const { issuer: old } = await issuer();
  const seen: Record<string, [boolean, number]> = {};
  for (const phase of ["init", "update_clients", "update_servers", "rollback", "standby"]) {
    await step("host", phase);
    const now = await issuer();
    seen[phase] = [now.issuer === old, now.cas];
  }
  assert.deepEqual(seen, {
    init: [true, 3],
    update_clients: [true, 3],
    update_servers: [false, 3],
    rollback: [true, 3],
    standby: [true, 2],
  });
});

test("two who take the same step at once: one of them, and one rotation", async () => {
  const outcomes = await Promise.allSettled([step("user", "init"), step("user", "init")]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const [failed] = outcomes.filter((one) => one.status === "rejected");
  assert.ok(isAppError(failed?.reason, "COMPARE_FAILED"));
  assert.equal(own.keyring.user.trusted.length, 2);
});

test("threat 24: each step is in the audit log, without any key, and a refused one is not", async () => {
  await step("user", "init");
  await assert.rejects(step("user", "init"), isReason("BAD_PARAMETER"));
  await step("user", "rollback");
  const { items } = await own.backend.list({ prefix: AUDIT_PREFIX, limit: 10 });
  const entries = items.map(({ value }) => JSON.parse(Buffer.from(value).toString()));
  assert.deepEqual(
    entries.map(({ event, ca_type, previous_phase, phase, mode }) => [
      event,
      ca_type,
      previous_phase,
      phase,
      mode,
    ]),
    [
      ["cert_authority.rotate", "user", "standby", "init", "manual"],
      ["cert_authority.rotate", "user", "init", "rollback", "manual"],
    ],
  );
  assert.equal(entries[0].rotation_id, entries[1].rotation_id);
  assert.doesNotMatch(JSON.stringify(entries), /PRIVATE KEY/);
});

test("what says nothing of a time says no time at all: 1970 would be one", async () => {
  for (const phase of ["init", "update_clients", "update_servers", "standby"]) await step("user", phase);
  const stored = await own.authorities.ensure("user");
  const { Rotation: rotation } = stored.Spec!;
  assert.equal(rotation?.Started, undefined);
  assert.equal(rotation?.Schedule?.Standby, undefined);
  assert.equal(rotation?.State, "standby");
  assert.equal(rotation?.GracePeriod, BigInt(DEFAULT_GRACE_MS) * 1_000_000n);
  assert.ok(toBinary(CertAuthorityV2Schema, stored).length > 0);
});

const settle = async () => {
  for (let turn = 0; turn < 30; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const phaseOf = async (type: CaType) => (await own.authorities.ensure(type)).Spec?.Rotation?.Phase;

test("an automatic rotation goes by its schedule, a manual one waits", async () => {
  const errors: unknown[] = [];
  const following = await followSchedules({ ...deps, backend: own.backend, onError: (e) => errors.push(e) });
  await step("user", "init", "auto");
  await step("host", "init");
  const seen = [];
  for (let hour = 0; hour < 31; hour += 5) {
    seen.push(await phaseOf("user"));
    clock.advance(5 * HOUR);
    await settle();
  }
  assert.deepEqual(seen, [
    "init",
    "init",
    "update_clients",
    "update_clients",
    "update_servers",
    "update_servers",
    "standby",
  ]);
  assert.equal(await phaseOf("host"), "init");
  following.stop();
  assert.deepEqual(errors, []);
});

test("a rotation that began before the service did is gone on with, a phase at a time", async () => {
  await step("user", "init", "auto");
  clock.advance(40 * HOUR);
  const following = await followSchedules({ ...deps, backend: own.backend, onError: assert.fail });
  await settle();
  assert.equal(await phaseOf("user"), "init");
  for (const phase of ["update_clients", "update_servers", "standby"]) {
    clock.advance(60_000);
    await settle();
    assert.equal(await phaseOf("user"), phase);
  }
  following.stop();
});

test("a step that fails is told and tried again", async () => {
  const errors: unknown[] = [];
  let broken = true;
  const auditChange: typeof deps.auditChange = (entry) => {
    if (broken) throw new Error("no log");
    return deps.auditChange(entry);
  };
  await step("user", "init", "auto");
  const following = await followSchedules({
    ...deps,
    auditChange,
    backend: own.backend,
    onError: (error) => errors.push(error),
  });
  clock.advance(10 * HOUR);
  await settle();
  assert.deepEqual([errors.length, await phaseOf("user")], [1, "init"]);
  broken = false;
  clock.advance(60_000);
  await settle();
  assert.equal(await phaseOf("user"), "update_clients");
  following.stop();
  clock.advance(100 * HOUR);
  await settle();
  assert.equal(await phaseOf("user"), "update_clients");
});
