import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { emptyIdentity, isAppError } from "@sallyport/api";
import { LockV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { acceptForeign, hostsAreTrusted } from "../authority/index.ts";
import { openAuthority } from "../authority/testing/open-authority.ts";
import { createLockStore, lockRpcs } from "../locks/index.ts";
import { callerWho } from "../rpc/testing/callers.ts";
import { fakeCall, fakeSystem } from "../rpc/testing/fake-call.ts";
import { deleteRemoteCluster } from "./forget-cluster.ts";
import { registerCluster } from "./register-cluster.ts";
import { authorityOf, openTrust } from "./testing/open-trust.ts";

const ONE = "one.example";
const TWO = "two.example";
const clock = new StoppedClock();
const call = fakeCall(callerWho("user", "eve", []));
const open = async (name: string) => openTrust(await openAuthority(clock, name), name, clock);

test("locks that a cluster sent are forgotten with it, also those that come at that moment, and no other's", async () => {
  const [one, two] = [await open(ONE), await open(TWO)];
  two.tokens.t = { roles: ["Trusted_cluster"], labels: {}, joinMethod: "token" };
  await registerCluster(two.deps, { token: "t", authorities: [await authorityOf(one, "host")] }, call);
  const { backend } = two.own;
  const locks = createLockStore(backend);
  const rpcs = lockRpcs({
    backend,
    locks,
    auditChange: two.deps.auditChange,
    clusterIsKnown: hostsAreTrusted,
  });
  const proxyOf = (teleportCluster: string) => {
    const identity = { ...emptyIdentity("proxy"), teleportCluster };
    return fakeCall({ ...fakeSystem("proxy", ["RemoteProxy"], call.caller.permissions), identity });
  };
  const send = async (cluster: string, ...users: string[]) => {
    const Locks = users.map((User) =>
      create(LockV2Schema, { Metadata: { Name: User }, Spec: { Target: { User } } }),
    );
    await rpcs.replaceRemoteLocks.handle({ ClusterName: cluster, Locks } as never, proxyOf(cluster));
  };
  const three = await authorityOf(await open("three.example"), "host");
  await two.own.authorities.of("host").upsert(acceptForeign(three, TWO).authority);
  await send("three.example", "dave");
  await send(ONE, "alice", "bob");
  // One more comes between the look at its locks and the commit.
  const { remoteClusters } = two.deps;
  const lateLock = async (...parts: Parameters<typeof remoteClusters.delete>) => {
    await send(ONE, "alice", "bob", "carol");
    await remoteClusters.delete(...parts);
  };
  await deleteRemoteCluster(
    { ...two.deps, remoteClusters: { ...remoteClusters, delete: lateLock } },
    ONE,
    call,
  );
  assert.deepEqual(await two.stored("remote_locks"), ["three.example/dave"]);
  await assert.rejects(send(ONE, "mallory"), (error) => isAppError(error, "COMPARE_FAILED"));
  assert.deepEqual(await two.stored("remote_locks"), ["three.example/dave"]);
});
