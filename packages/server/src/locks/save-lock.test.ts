import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { isAppError } from "@sallyport/api";
import { LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { openAuditLog } from "../audit/index.ts";
import type { RuleSubject } from "../rpc/index.ts";
import { fakeCall, fakeUser } from "../rpc/testing/fake-call.ts";
import { openBackend } from "../storage/index.ts";
import { createLockStore } from "./index.ts";
import { deleteLock, upsertLock } from "./save-lock.ts";

const clock = { now: () => 0, after: () => () => {} };

/** May write locks on roles alone. */
const onRoles = fakeUser("ann", [], {
  check: (_kind, _verbs, subject) => {
    const { target } = (subject?.spec ?? {}) as { target?: RuleSubject };
    return target?.user === "" || subject === undefined
      ? { allow: true, because: "" }
      : { allow: false, explicit: false, because: "the lock is not on a role" };
  },
  mayEver: () => true,
});

const lockOn = (Target: object) => create(LockV2Schema, { Metadata: { Name: "l" }, Spec: { Target } });

test("threat 12: a lock out of reach is neither written over nor deleted", async () => {
  const backend = await openBackend({ kind: "memory", clock });
  const locks = createLockStore(backend);
  const audit = openAuditLog({ backend, clock, clusterName: "here" });
  const deps = { backend, locks, auditChange: audit.change };
  const call = fakeCall(onRoles);
  await upsertLock(deps, lockOn({ Role: "dev" }), call);
  await upsertLock(deps, lockOn({ Role: "ops" }), call);
  await locks.upsert(lockOn({ User: "mallory" }));
  const isDenied = (error: unknown) => isAppError(error, "ACCESS_DENIED");
  await assert.rejects(upsertLock(deps, lockOn({ Role: "dev" }), call), isDenied);
  await assert.rejects(deleteLock(deps, "l", call), isDenied);
  assert.equal((await locks.get("l"))?.Spec?.Target?.User, "mallory");
});

const FAR = { seconds: 9_000_000_000_000n, nanos: 0 };
for (const [name, parts] of [
  ["its end", { Spec: { Target: { Role: "dev" }, Expires: FAR } }],
  ["when it was made", { Spec: { Target: { Role: "dev" }, CreatedAt: FAR } }],
  [
    "its expiry",
    { Metadata: { Name: "l", Expires: { seconds: 1n, nanos: -1 } }, Spec: { Target: { Role: "dev" } } },
  ],
] as const) {
  test(`threat 38: ${name} in a year that nobody can write is refused, and nothing is stored`, async () => {
    const backend = await openBackend({ kind: "memory", clock });
    const locks = createLockStore(backend);
    const audit = openAuditLog({ backend, clock, clusterName: "here" });
    const lock = create(LockV2Schema, { Metadata: { Name: "l" }, ...parts });
    const writing = upsertLock({ backend, locks, auditChange: audit.change }, lock, fakeCall(onRoles));
    await assert.rejects(writing, (error) => isAppError(error, "BAD_PARAMETER"));
    assert.equal(await locks.get("l"), undefined);
  });
}
