import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { isAppError } from "@sallyport/api";
import {
  IssueWorkloadIdentitiesRequestSchema,
  IssueWorkloadIdentityRequestSchema,
  JWTSVIDParamsSchema,
  X509SVIDParamsSchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/issuance_service_pb";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { openAuthority } from "../../authority/testing/open-authority.ts";
import { workloadIssuanceRpcs } from "../index.ts";
import { asker, CLUSTER, identity, newPublicKey, openWorkloads } from "../testing/workload-world.ts";

const x509 = {
  case: "x509SvidParams" as const,
  value: create(X509SVIDParamsSchema, { publicKey: newPublicKey() }),
};
const jwt = {
  case: "jwtSvidParams" as const,
  value: create(JWTSVIDParamsSchema, { audiences: ["https://api.example"] }),
};

for (const credential of [x509, jwt]) {
  test(`threat 18: a lock that comes while it is signed holds ${credential.case} back`, async () => {
    const world = await openWorkloads(await openAuthority(new StoppedClock(), CLUSTER));
    const web = identity("web", { spiffe: { id: "/web" } });
    await world.resources.upsertWorkloadIdentity.handle({ workloadIdentity: web } as never, world.call());
    let lock: string | undefined;
    const { caKeys } = world.issuing;
    const issuance = workloadIssuanceRpcs({
      ...world.issuing,
      caKeys: async (type) => {
        lock = "a lock";
        return caKeys(type);
      },
    });
    const caller = { ...asker(world.clock.now()), lockedBy: () => lock };
    const one = create(IssueWorkloadIdentityRequestSchema, { name: "web", credential });
    const labelSelectors = [{ key: "env", values: ["prod"] }];
    const many = create(IssueWorkloadIdentitiesRequestSchema, { labelSelectors, credential });
    for (const ask of [
      async () => issuance.issueWorkloadIdentity.handle(one, world.call(caller)),
      async () => issuance.issueWorkloadIdentities.handle(many, world.call(caller)),
    ]) {
      lock = undefined;
      await assert.rejects(ask, (error) => isAppError(error, "LOCKED"));
    }
    const issued = (await world.auditEvents()).filter(({ event }) => event === "spiffe.svid.issued");
    assert.deepEqual(issued, []);
  });
}
