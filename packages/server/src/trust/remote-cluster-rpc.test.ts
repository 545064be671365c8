import assert from "node:assert/strict";
import { before, test } from "node:test";
import { isAppError } from "@sallyport/api";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { openAuthority } from "../authority/testing/open-authority.ts";
import { newRole, permissionsOf } from "../roles/index.ts";
import { callerWho } from "../rpc/testing/callers.ts";
import { fakeCall, fakeUser } from "../rpc/testing/fake-call.ts";
import { registerCluster } from "./register-cluster.ts";
import { remoteClusterRpcs } from "./remote-cluster-rpc.ts";
import { authorityOf, openTrust, type SmallTrust } from "./testing/open-trust.ts";

const clock = new StoppedClock();
const open = async (name: string) => openTrust(await openAuthority(clock, name), name, clock);
let trust: SmallTrust;

before(async () => {
  trust = await open("main.example");
  for (const env of ["dev", "prod"]) {
    trust.tokens[env] = { roles: ["Trusted_cluster"], labels: { env }, joinMethod: "token" };
    const authorities = [await authorityOf(await open(`${env}.example`), "host")];
    await registerCluster(trust.deps, { token: env, authorities }, fakeCall(callerWho("user", "eve", [])));
  }
});

const seesDev = newRole("sees-dev", {
  allow: {
    rules: [{ resources: ["remote_cluster"], verbs: ["list", "read"], where: "", actions: [] }],
    labelSelectors: { cluster: { env: ["dev"] } },
  },
});
const ann = { name: "ann", roles: ["sees-dev"], traits: {} };
const call = fakeCall(fakeUser("ann", ["sees-dev"], permissionsOf([seesDev], ann)));

test("threat 12: of the clusters that trust this one, one sees those that one's roles reach", async () => {
  const rpcs = remoteClusterRpcs(trust.deps);
  const page = await rpcs.listRemoteClusters.handle({ pageSize: 0, pageToken: "" } as never, call);
  const { remoteClusters } = page as { remoteClusters: { Metadata?: { Name: string } }[] };
  assert.deepEqual(
    remoteClusters.map((one) => one.Metadata?.Name),
    ["dev.example"],
  );
  assert.ok(await rpcs.getRemoteCluster.handle({ name: "dev.example" } as never, call));
  for (const name of ["prod.example", "none.example"]) {
    await assert.rejects(
      async () => rpcs.getRemoteCluster.handle({ name } as never, call),
      (error) => isAppError(error, "NOT_FOUND") && error.message === `remote cluster "${name}" is not there`,
    );
  }
});
