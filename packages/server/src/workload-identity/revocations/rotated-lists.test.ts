import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import type { Credential } from "@sallyport/api/gen/teleport/workloadidentity/v1/issuance_service_pb";
import { WorkloadIdentityX509RevocationSchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/revocation_resource_pb";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { rotateAuthority } from "../../authority/rotation/index.ts";
import { openAuthority } from "../../authority/testing/open-authority.ts";
import { withFiles } from "../../authority/testing/service-world.ts";
import { CLUSTER, identity, newPublicKey, openWorkloads } from "../testing/workload-world.ts";

interface Lists {
  readonly crl: Uint8Array;
  readonly sallyportOtherCrls: readonly Uint8Array[];
}

async function openRotating() {
  const world = await openWorkloads(await openAuthority(new StoppedClock(), CLUSTER));
  const web = identity("web", { spiffe: { id: "/web" } });
  await world.resources.createWorkloadIdentity.handle({ workloadIdentity: web } as never, world.call());
  const { authorities } = world.own;
  const deps = {
    authorities,
    clusterName: CLUSTER,
    clock: world.clock,
    auditChange: world.issuing.auditChange,
  };
  const wish = { mode: "", gracePeriodMs: undefined, schedule: undefined } as const;
  const stop = new AbortController();
  const call = { ...world.call(), signal: stop.signal };
  const stream = world.revoking.streamSignedCRL.handle({} as never, call)[Symbol.asyncIterator]();
  return {
    rotate: (targetPhase: string) => rotateAuthority(deps, "spiffe", { ...wish, targetPhase }),
    /** The certificates that verifiers trust. */
    cas: async () => (await world.issuing.caKeys("spiffe")).tlsCertificates,
    newSvid: async (): Promise<Buffer> => {
      const credential = { case: "x509SvidParams", value: { publicKey: newPublicKey() } };
      const request = { name: "web", credential } as never;
      const answer = await world.issuance.issueWorkloadIdentity.handle(request, world.call());
      const issued = (answer as { credential: Credential }).credential.credential;
      assert.equal(issued.case, "x509Svid");
      return Buffer.from(issued.value.cert);
    },
    revoke: async (cert: Buffer) => {
      const name = new X509Certificate(cert).serialNumber.toLowerCase();
      const revocation = create(WorkloadIdentityX509RevocationSchema, { metadata: { name } });
      await world.revoking.createWorkloadIdentityX509Revocation.handle(
        { workloadIdentityX509Revocation: revocation } as never,
        world.call(),
      );
    },
    next: async () => (await stream.next()).value as Lists,
    stop: () => stop.abort(),
    now: () => world.clock.now(),
  };
}

const derText = (der: Uint8Array) =>
  withFiles({ der: Buffer.from(der) }, ({ run }) => run("openssl", "crl", "-inform", "DER", "-in", "der"));

/** What openssl says of a certificate, by the lists that are given and no others. */
function verify(cert: Buffer, cas: readonly string[], { crl, sallyportOtherCrls }: Lists, at: number) {
  const crls = [crl, ...sallyportOtherCrls].map(derText).join("");
  const files = { cert: new X509Certificate(cert).toString(), cas: cas.join(""), crls };
  return withFiles(files, ({ run }) => {
    const lists = ["-crl_check", "-CRLfile", "crls", "-CAfile", "cas"];
    const time = ["-attime", String(Math.floor(at / 1000))];
    try {
      return run("openssl", "verify", "-x509_strict", ...time, ...lists, "cert");
    } catch (error) {
      return String((error as { stderr: unknown }).stderr);
    }
  });
}

test("during a rotation the stream has a list of each key whose SVIDs are trusted", async () => {
  const world = await openRotating();
  const [lost, kept] = [await world.newSvid(), await world.newSvid()];
  assert.deepEqual((await world.next()).sallyportOtherCrls, []);
  const whileInit = world.next();
  await world.rotate("init");
  assert.equal((await whileInit).sallyportOtherCrls.length, 1, "told without anything being revoked");
  const changed = world.next();
  await world.rotate("update_clients");
  const first = await changed;
  const fresh = await world.newSvid();
  const check = async (cert: Buffer, lists: Lists) => verify(cert, await world.cas(), lists, world.now());
  for (const cert of [lost, kept, fresh]) assert.match(await check(cert, first), /OK/);
  for (const gone of [lost, fresh]) {
    const told = world.next();
    await world.revoke(gone);
    const lists = await told;
    assert.match(await check(gone, lists), /certificate revoked/);
    assert.match(await check(kept, lists), /OK/);
  }
  for (const phase of ["update_servers", "standby"]) await world.rotate(phase);
  const over = await world.next();
  assert.deepEqual(over.sallyportOtherCrls, []);
  assert.match(await check(fresh, over), /certificate revoked/);
  world.stop();
});
