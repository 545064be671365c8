import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "@sallyport/api";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { acceptForeign } from "../authority/index.ts";
import { openAuthority } from "../authority/testing/open-authority.ts";
import { callerWho } from "../rpc/testing/callers.ts";
import { fakeCall } from "../rpc/testing/fake-call.ts";
import { createTrustedCluster, updateTrustedCluster } from "./save-trusted-cluster.ts";
import { authorityOf, openTrust, trustedCluster } from "./testing/open-trust.ts";

const clock = new StoppedClock();
const call = fakeCall(callerWho("user", "eve", []));
const open = async (name: string) => openTrust(await openAuthority(clock, name), name, clock);

for (const [what, change] of [
  ["mapped anew", {}],
  ["put away", { Enabled: false }],
] as const) {
  test(`threat 35: an authority that is ${what} is the one that was found, not what was told meanwhile`, async () => {
    const one = await open("one.example");
    const tell = async () => {
      const told = await authorityOf(await open("two.example"), "user");
      await one.own.authorities.of("user").upsert(acceptForeign(told, "one.example").authority);
    };
    await tell();
    await createTrustedCluster(one.deps, trustedCluster(), call);
    const { trustedClusters } = one.deps;
    const update = async (...parts: Parameters<typeof trustedClusters.update>) => {
      await tell();
      return trustedClusters.update(...parts);
    };
    const wanted = trustedCluster(change, "two.example", { "*": ["ops"] });
    await assert.rejects(
      updateTrustedCluster({ ...one.deps, trustedClusters: { ...trustedClusters, update } }, wanted, call),
      (error) => isAppError(error, "COMPARE_FAILED"),
    );
    const { Spec: spec } = await one.own.authorities.of("user").read("two.example");
    assert.deepEqual(spec?.RoleMap, []);
  });
}
