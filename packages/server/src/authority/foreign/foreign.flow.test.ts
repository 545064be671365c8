import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { clone, create } from "@bufbuild/protobuf";
import { isAppError } from "@sallyport/api";
import {
  CAKeySetSchema,
  type CertAuthorityV2,
  CertAuthorityV2Schema,
  RoleMappingSchema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { createIssuer, generateKey, issueCertificate, nameOid } from "@sallyport/x509";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { openAuditLog } from "../../audit/index.ts";
import { builtinRolesOf, permissionsOf, type Role, remoteProxyRole } from "../../roles/index.ts";
import type { Caller } from "../../rpc/index.ts";
import { fakeCall, fakeSystem } from "../../rpc/testing/fake-call.ts";
import { prefix } from "../../storage/index.ts";
import { CLUSTER, openAuthority, type SmallAuthority } from "../testing/open-authority.ts";
import { isReason, person } from "../testing/service-world.ts";
import { acceptForeign, openForeignAuthorities, rotateExternal, withoutKeys } from "./index.ts";

const TWO = "two.example";
const clock = new StoppedClock();
let own: SmallAuthority;
let theirs: CertAuthorityV2;

beforeEach(async () => {
  own = await openAuthority(clock);
  theirs = await (await openAuthority(clock, TWO)).authorities.ensure("user");
});

function changed(change: (authority: CertAuthorityV2) => void): CertAuthorityV2 {
  const copy = clone(CertAuthorityV2Schema, theirs);
  change(copy);
  return copy;
}

test("threat 23: private keys of another cluster are never kept", () => {
  const { authority, type, cluster } = acceptForeign(theirs, CLUSTER);
  assert.deepEqual([type, cluster], ["user", TWO]);
  const kept = [authority.Spec?.ActiveKeys?.TLS[0]?.Key, authority.Spec?.ActiveKeys?.SSH[0]?.PrivateKey];
  assert.deepEqual(
    kept.map((key) => key?.length),
    [0, 0],
  );
});

const bad: [string, (authority: CertAuthorityV2) => void | Promise<void>, RegExp][] = [
  ["names another cluster inside", (one) => (one.Spec!.ClusterName = "three.example"), /must be the same/],
  ["has no keys", (one) => (one.Spec!.ActiveKeys = create(CAKeySetSchema)), /active_keys is empty/],
  [
    "has an SSH key that is none",
    (one) => (one.Spec!.ActiveKeys!.SSH[0]!.PublicKey = Buffer.from("x y")),
    /SSH key/,
  ],
  [
    "has a certificate that is none",
    (one) => (one.Spec!.ActiveKeys!.TLS[0]!.Cert = Buffer.from("x")),
    /certificate/,
  ],
  ["is of no type", (one) => (one.Spec!.Type = "root"), /no certificate authority of type/],
  [
    "maps to a system role",
    (one) => (one.Spec!.RoleMap = [create(RoleMappingSchema, { Remote: "a", Local: ["Admin"] })]),
    /system role/,
  ],
  ["gives everybody a system role", (one) => (one.Spec!.Roles = ["Admin"]), /system role/],
  [
    "has a name that would break out of a rule",
    (one) => {
      one.Metadata!.Name = 'x") || equals("a", "a';
      one.Spec!.ClusterName = one.Metadata!.Name;
    },
    /may have letters/,
  ],
];
for (const [name, change, why] of bad) {
  test(`threat 35: an authority that ${name} is refused`, () => {
    const sent = changed((one) => void change(one));
    assert.throws(
      () => acceptForeign(sent, CLUSTER),
      (error) => isAppError(error, "BAD_PARAMETER") && why.test(error.message),
    );
  });
}

test("threat 35: no certificate of this cluster, or of a third one, is filed under another name", async () => {
  const ours = await own.authorities.ensure("user");
  const third = await (await openAuthority(clock, "three.example")).authorities.ensure("user");
  for (const strange of [ours, third]) {
    for (const set of ["ActiveKeys", "AdditionalTrustedKeys"] as const) {
      const sent = changed((one) => {
        one.Spec![set] = clone(CAKeySetSchema, strange.Spec!.ActiveKeys!);
      });
      assert.throws(() => acceptForeign(sent, CLUSTER), /names .*, not cluster/);
    }
  }
});

test("threat 35: an authority that names two clusters is none of either", async () => {
  const { privateKey, publicKey } = await generateKey("ecdsa-p256");
  const organizations = [TWO, CLUSTER].map((value) => [{ oid: nameOid.organization, value }]);
  const both = await issueCertificate({
    issuer: createIssuer({ name: organizations, key: privateKey }),
    subject: organizations,
    publicKey,
    notBeforeAt: clock.now(),
    notAfterAt: clock.now() + 1000,
    keyUsage: ["keyCertSign"],
    isCa: true,
  });
  const sent = changed((one) => {
    one.Spec!.ActiveKeys!.TLS[0]!.Cert = Buffer.from(pemOf(both));
  });
  assert.throws(() => acceptForeign(sent, CLUSTER), /not cluster/);
});

test("threat 1: the certificate of a user is no authority", async () => {
  const two = await openAuthority(clock, TWO);
  const leaf = await two.issue("user", { roles: ["dev"] });
  const sent = changed((one) => {
    one.Spec!.ActiveKeys!.TLS[0]!.Cert = Buffer.from(pemOf(leaf));
  });
  assert.throws(() => acceptForeign(sent, CLUSTER), /not that of a CA/);
});

const pemOf = (der: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----\n`;

const proxyOf = (cluster: string, roles: Role[] = [remoteProxyRole(cluster)]): Caller => {
  const name = `id.${cluster}`;
  const caller = fakeSystem(name, ["RemoteProxy"], permissionsOf(roles, { name, roles: [], traits: {} }));
  return {
    ...caller,
    identity: { ...caller.identity!, teleportCluster: cluster },
    origin: { cluster, username: name },
  };
};
const rotate = (sent: CertAuthorityV2 | undefined, caller: Caller) =>
  rotateExternal(
    {
      authorities: own.authorities,
      clusterName: CLUSTER,
      auditChange: openAuditLog({ backend: own.backend, clock, clusterName: CLUSTER }).change,
    },
    sent,
    fakeCall(caller),
  );

test("the proxy of another cluster tells the new keys of its own; what its users may stays ours to say", async () => {
  const Local = ["guest"];
  const map = [create(RoleMappingSchema, { Remote: "dev", Local })];
  await own.authorities.of("user").upsert(
    acceptForeign(
      changed((one) => {
        one.Spec!.RoleMap = map;
      }),
      CLUSTER,
    ).authority,
  );
  const next = withoutKeys(await (await openAuthority(clock, TWO)).authorities.ensure("user"));
  next.Spec!.RoleMap = [create(RoleMappingSchema, { Remote: "*", Local: ["editor"] })];
  next.Spec!.Roles = [];
  await rotate(next, proxyOf(TWO));
  const stored = await own.authorities.of("user").read(TWO);
  assert.deepEqual(stored.Spec?.ActiveKeys?.TLS[0]?.Cert, next.Spec?.ActiveKeys?.TLS[0]?.Cert);
  assert.deepEqual(
    stored.Spec?.RoleMap.map(({ Local }) => Local),
    [Local],
  );
  await rotate(next, proxyOf(TWO));
  assert.equal((await own.authorities.of("user").read(TWO)).Metadata?.Revision, stored.Metadata?.Revision);
  const { items } = await own.backend.list({ prefix: prefix("audit"), limit: 10 });
  const codes = items.map(({ value }) => JSON.parse(Buffer.from(value).toString()).code);
  assert.deepEqual(codes, ["TCAR002I"], "what changes nothing is not written");
});

test("threat 35: nobody else rotates it, and it rotates nothing else", async () => {
  await own.authorities.of("user").upsert(acceptForeign(theirs, CLUSTER).authority);
  const rotates = { resources: ["cert_authority"], verbs: ["rotate"], where: "", actions: [] } as const;
  const [admin] = builtinRolesOf(CLUSTER)(["Admin"]);
  const withRule = { ...admin!, allow: { ...admin!.allow, rules: [rotates] } } as Role;
  await assert.rejects(rotate(theirs, proxyOf("three.example")), isReason("ACCESS_DENIED"));
  await assert.rejects(rotate(theirs, proxyOf("three.example", [withRule])), isReason("ACCESS_DENIED"));
  await assert.rejects(rotate(theirs, person("eve", withRule)), isReason("ACCESS_DENIED"));
  await assert.rejects(rotate(undefined, proxyOf(TWO)), isReason("ACCESS_DENIED"));
  const ours = await own.authorities.ensure("user");
  await assert.rejects(rotate(ours, proxyOf(TWO)), isReason("ACCESS_DENIED"));
  await assert.rejects(rotate(ours, proxyOf(TWO, [withRule])), isReason("BAD_PARAMETER"));
  await own.authorities.of("user").delete(TWO);
  await assert.rejects(rotate(theirs, proxyOf(TWO)), isReason("NOT_FOUND"));
});

test("authorities that were here before the start count, and the own ones are never foreign", async () => {
  await own.authorities.of("user").upsert(acceptForeign(theirs, CLUSTER).authority);
  const foreign = await openForeignAuthorities(own.backend, own.authorities, CLUSTER);
  assert.equal(foreign.of("user", TWO)?.trusted.length, 1);
  assert.equal(foreign.of("user", CLUSTER), undefined);
  assert.equal(foreign.of("host", TWO), undefined);
  assert.deepEqual([foreign.knows(TWO), foreign.clusters(), foreign.clientCas().length], [false, [], 1]);
});
