import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { RoleV6Schema, UserV2Schema } from "@sallyport/api";
import { type Cluster, startCluster } from "@sallyport/testkit";

const never = { seconds: 9_223_372_036_854_775_807n, nanos: 0 };

describe("values that nobody can write", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.stop());

  it("a time is refused by its field, also where nobody looks at it", async () => {
    const user = create(UserV2Schema, {
      Kind: "user",
      Version: "v2",
      Metadata: { Name: "alice" },
      Spec: { CreatedBy: { Time: never } },
    });
    await assert.rejects(cluster.admin().users.create(user), {
      reason: "BAD_PARAMETER",
      message: /user\.Spec\.CreatedBy\.Time is out of range/,
    });
  });

  it("one is refused as a mistake of the client's, not as a fault of the service", async () => {
    const role = create(RoleV6Schema, {
      Kind: "role",
      Version: "v8",
      Metadata: { Name: "spare", Expires: never },
      Spec: {},
    });
    await assert.rejects(cluster.admin().roles.upsert(role), { reason: "BAD_PARAMETER" });
  });
});
