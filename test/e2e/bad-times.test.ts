import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { LockV2Schema, UserV2Schema } from "@sallyport/api";
import { type Cluster, startCluster } from "@sallyport/testkit";

const never = { seconds: 9_223_372_036_854_775_807n, nanos: 0 };

describe("a time that can be none", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.stop());

  it("is refused by its field, and not stored where nobody looks at it", async () => {
    const user = create(UserV2Schema, {
      Kind: "user",
      Version: "v2",
      Metadata: { Name: "alice" },
      Spec: { CreatedBy: { Time: never } },
    });
    await assert.rejects(cluster.admin().users.create(user), {
      reason: "BAD_PARAMETER",
      message: /user\.Spec\.CreatedBy\.Time is not a time/,
    });
  });

  it("is refused as a mistake of the client's, not as a fault of the service", async () => {
    const lock = create(LockV2Schema, {
      Kind: "lock",
      Version: "v2",
      Metadata: { Name: "spare" },
      Spec: { Target: { User: "alice" }, Expires: never },
    });
    await assert.rejects(cluster.admin().locks.put(lock), { reason: "BAD_PARAMETER" });
  });
});
