import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { create, fromBinary } from "@bufbuild/protobuf";
import { AppError, type Reason } from "@sallyport/api";
import { SemaphoresSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  AcquireSemaphoreRequestSchema,
  SemaphoreFilterSchema,
  type SemaphoreLease,
  SemaphoreLeaseSchema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import fc from "fast-check";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { type Encoded, writeTime } from "../../rpc/index.ts";
import { callerWho } from "../../rpc/testing/callers.ts";
import { fakeCall } from "../../rpc/testing/fake-call.ts";
import { openBackend } from "../../storage/index.ts";
import { openSemaphoreStore, semaphoreRpcs } from "./index.ts";
import { acquire, heldLeases, keepAlive, type Lease, release } from "./lease.ts";

const MINUTE = 60_000;
let clock: StoppedClock;
let rpcs: ReturnType<typeof semaphoreRpcs>;

beforeEach(async () => {
  clock = new StoppedClock();
  rpcs = semaphoreRpcs(openSemaphoreStore(await openBackend({ kind: "memory", clock })));
});

const call = () => fakeCall(callerWho("system", "node.one.example", []), { now: clock.now() });
const isReason = (reason: Reason) => (error: unknown) => error instanceof AppError && error.reason === reason;

async function take(max: number, parts: object = {}): Promise<SemaphoreLease> {
  const request = create(AcquireSemaphoreRequestSchema, {
    SemaphoreKind: "connection",
    SemaphoreName: "alice",
    MaxLeases: BigInt(max),
    Expires: writeTime(clock.now() + MINUTE),
    Holder: "node",
    ...parts,
  });
  return (await rpcs.acquireSemaphore.handle(request, call())) as SemaphoreLease;
}

async function held(filter: object = {}): Promise<number> {
  const request = create(SemaphoreFilterSchema, filter);
  const answer = (await rpcs.getSemaphores.handle(request, call())) as Encoded;
  const { Semaphores } = fromBinary(SemaphoresSchema, answer.bytes);
  return Semaphores.reduce((sum, one) => sum + (one.Spec?.Leases.length ?? 0), 0);
}

test("no more leases than the limit, also when all ask at once", async () => {
  const asked = await Promise.allSettled(Array.from({ length: 12 }, () => take(3)));
  const granted = asked.filter(({ status }) => status === "fulfilled");
  assert.equal(granted.length, 3);
  for (const one of asked) if (one.status === "rejected") assert.ok(isReason("LIMIT_EXCEEDED")(one.reason));
  assert.equal(await held(), 3);
  const ids = granted.map((one) => (one as PromiseFulfilledResult<SemaphoreLease>).value.LeaseID);
  assert.equal(new Set(ids).size, 3);
});

test("however many holders come at once, each gets its lease and keeps it", async () => {
  const leases = await Promise.all(Array.from({ length: 40 }, () => take(40)));
  await Promise.all(leases.map(async (lease) => rpcs.keepAliveSemaphoreLease.handle(lease, call())));
  assert.equal(await held(), 40);
});

test("a lease that is given back makes room, once", async () => {
  const lease = await take(1);
  await assert.rejects(take(1), isReason("LIMIT_EXCEEDED"));
  await rpcs.cancelSemaphoreLease.handle(lease, call());
  await assert.rejects(async () => rpcs.cancelSemaphoreLease.handle(lease, call()), isReason("NOT_FOUND"));
  await take(1);
});

test("a lease ends by itself unless it is kept alive", async () => {
  const lease = await take(1);
  clock.advance(MINUTE / 2);
  const longer = create(SemaphoreLeaseSchema, { ...lease, Expires: writeTime(clock.now() + MINUTE) });
  await rpcs.keepAliveSemaphoreLease.handle(longer, call());
  clock.advance(MINUTE - 1);
  await assert.rejects(take(1), isReason("LIMIT_EXCEEDED"));
  clock.advance(1);
  await assert.rejects(async () => rpcs.keepAliveSemaphoreLease.handle(longer, call()));
  await take(1);
});

test("semaphores are apart by kind and name, and are found by either", async () => {
  await take(1);
  await take(1, { SemaphoreName: "bob" });
  await take(1, { SemaphoreKind: "session" });
  assert.deepEqual(
    [
      await held(),
      await held({ SemaphoreKind: "connection" }),
      await held({ SemaphoreName: "alice" }),
      await held({ SemaphoreKind: "session", SemaphoreName: "alice" }),
      await held({ SemaphoreKind: "session", SemaphoreName: "bob" }),
    ],
    [3, 2, 2, 1, 0],
  );
  const filter = create(SemaphoreFilterSchema, { SemaphoreKind: "session", SemaphoreName: "alice" });
  await rpcs.deleteSemaphore.handle(filter, call());
  assert.equal(await held({ SemaphoreKind: "session" }), 0);
  await assert.rejects(async () => rpcs.deleteSemaphore.handle(filter, call()), isReason("NOT_FOUND"));
});

test("what cannot be held is refused", async () => {
  const bad = isReason("BAD_PARAMETER");
  await assert.rejects(take(0), bad);
  await assert.rejects(take(1, { SemaphoreName: "" }), bad);
  await assert.rejects(take(1, { Expires: undefined }), bad);
  await assert.rejects(take(1, { Expires: writeTime(clock.now()) }), bad);
  await assert.rejects(take(1, { Expires: writeTime(clock.now() + 25 * 60 * MINUTE) }), bad);
  assert.equal(await held(), 0);
});

test("threat 36: a name with slashes or dots is one name and no path", async () => {
  await take(1, { SemaphoreName: "../connection/alice" });
  assert.equal(await held({ SemaphoreName: "alice" }), 0);
  await assert.rejects(take(1, { SemaphoreName: ".." }), isReason("BAD_PARAMETER"));
});

const step = fc.oneof(
  fc.record({ kind: fc.constant("acquire" as const), ms: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant("keep" as const), id: fc.nat(9), ms: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant("release" as const), id: fc.nat(9) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 10 }) }),
);

test("whatever happens in whatever order, the limit holds at every moment", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), (max, steps) => {
      let [leases, now, made]: [readonly Lease[], number, number] = [[], 0, 0];
      for (const one of steps) {
        if (one.kind === "wait") now += one.ms;
        if (one.kind === "keep") leases = keepAlive(leases, String(one.id), now + one.ms, now) ?? leases;
        if (one.kind === "release") leases = release(leases, String(one.id), now) ?? leases;
        if (one.kind === "acquire") {
          const lease = { id: String(made++), expiresAt: now + one.ms, holder: "" };
          const next = acquire(leases, lease, max, now);
          assert.equal(next === undefined, heldLeases(leases, now).length >= max);
          leases = next ?? leases;
        }
        assert.ok(heldLeases(leases, now).length <= max);
      }
    }),
  );
});

test("threat 38: more than one answer holds is refused in words, and one semaphore always fits", async () => {
  const Holder = "h".repeat(300_000);
  const name = (n: number) => ({ SemaphoreName: `s-${n}`, Holder });
  for (let n = 0; n < 15; n += 1) await take(9, name(n));
  await assert.rejects(
    held(),
    (error) =>
      isReason("ANSWER_TOO_LARGE")(error) && /more semaphores .* name a kind and a name/.test(String(error)),
  );
  await take(9, name(0));
  const last = await take(9, name(0));
  assert.equal(await held({ SemaphoreKind: "connection", SemaphoreName: "s-0" }), 3);
  await assert.rejects(take(9, name(0)), isReason("LIMIT_EXCEEDED"));
  await rpcs.cancelSemaphoreLease.handle(last, call());
  await take(9, name(0));
});

test("semaphores are told by kind, by name, and by both", async () => {
  await take(1, { SemaphoreKind: "a", SemaphoreName: "x" });
  await take(1, { SemaphoreKind: "a", SemaphoreName: "y/x" });
  await take(1, { SemaphoreKind: "b", SemaphoreName: "x" });
  assert.equal(await held({ SemaphoreKind: "a" }), 2);
  assert.equal(await held({ SemaphoreName: "x" }), 2);
  assert.equal(await held({ SemaphoreKind: "b", SemaphoreName: "x" }), 1);
  assert.equal(await held({ SemaphoreKind: "b", SemaphoreName: "y" }), 0);
});
