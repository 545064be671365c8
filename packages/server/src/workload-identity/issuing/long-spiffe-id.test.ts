import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  ListCertificatesRequestSchema,
  RevokeCertificatesRequestSchema,
} from "@sallyport/api/gen/sallyport/certificates/v1/certificate_inventory_service_pb.js";
import { IssueWorkloadIdentityRequestSchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/issuance_service_pb";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { openAuthority } from "../../authority/testing/open-authority.ts";
import { certificateInventoryRpcs } from "../../certificates/index.ts";
import { newRole } from "../../roles/index.ts";
import { asker, CLUSTER, identity, newPublicKey, openWorkloads } from "../testing/workload-world.ts";

type Credential = MessageInitShape<typeof IssueWorkloadIdentityRequestSchema>["credential"];
const x509: Credential = { case: "x509SvidParams", value: { publicKey: newPublicKey() } };
const jwt: Credential = { case: "jwtSvidParams", value: { audiences: ["https://api.example"] } };

test("a SPIFFE ID may be as long as the standard has it, and is found and revoked like any other", async () => {
  const service = "a".repeat(2048 - `spiffe://${CLUSTER}/`.length);
  const world = await openWorkloads(await openAuthority(new StoppedClock(), CLUSTER));
  const issue = async (service: string, credential: Credential) => {
    const request = create(IssueWorkloadIdentityRequestSchema, {
      name: "web",
      credential,
      workloadAttrs: { systemd: { service } },
    });
    const call = world.call(asker(world.clock.now()));
    const answer = await world.issuance.issueWorkloadIdentity.handle(request, call);
    return (answer as { credential: { spiffeId: string } }).credential.spiffeId;
  };
  const workloadIdentity = identity("web", { spiffe: { id: "/{{ workload.systemd.service }}" } });
  await world.resources.upsertWorkloadIdentity.handle({ workloadIdentity } as never, world.call());
  const user = await issue(service, x509);
  assert.equal(user.length, 2048);
  assert.equal(await issue(service, jwt), user);
  await issue(service.slice(1), x509);
  const rpcs = certificateInventoryRpcs({ ...world.own, auditChange: world.issuing.auditChange });
  const found = await rpcs.listCertificates.handle(
    create(ListCertificatesRequestSchema, { user }),
    world.call(),
  );
  assert.equal((found as { entries: unknown[] }).entries.length, 2);
  const rule = { resources: ["certificate"], verbs: ["list", "read"], where: "", actions: [] };
  const reader = asker(world.clock.now(), {}, [newRole("reader", { allow: { rules: [rule] } })]);
  const wish = create(RevokeCertificatesRequestSchema, {
    selector: { case: "user", value: user },
    dryRun: true,
  });
  const report = await rpcs.revokeCertificates.handle(wish, world.call(reader));
  assert.equal((report as { count: number }).count, 2);
});
