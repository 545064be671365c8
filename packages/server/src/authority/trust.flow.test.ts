import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { clone, create } from "@bufbuild/protobuf";
import { AppError, type Reason } from "@sallyport/api";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import {
  GenerateHostCertRequestSchema,
  type GenerateHostCertResponse,
  type GetCertAuthoritiesResponse,
} from "@sallyport/api/gen/teleport/trust/v1/trust_service_pb";
import { formatPublicKeyLine, fromKeyObject, parseSshCertificate } from "@sallyport/ssh";
import { generateKey } from "@sallyport/x509";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import type { AuditEntry } from "../audit/index.ts";
import { builtinRolesOf, newRole, permissionsOf } from "../roles/index.ts";
import type { Caller, SystemRole } from "../rpc/index.ts";
import { callerWho } from "../rpc/testing/callers.ts";
import { fakeCall, fakeSystem, fakeUser } from "../rpc/testing/fake-call.ts";
import { key } from "../storage/index.ts";
import { authorityWatchSource, trustRpcs } from "./index.ts";
import { hostPrincipals } from "./issue-host-cert.ts";
import { CLUSTER, openAuthority, type SmallAuthority } from "./testing/open-authority.ts";

const clock = new StoppedClock();
let own: SmallAuthority;
let rpcs: ReturnType<typeof trustRpcs>;
let locked: string[];
let recorded: AuditEntry[];

beforeEach(async () => {
  own = await openAuthority(clock);
  const { keyring, authorities, inventory } = own;
  locked = [];
  recorded = [];
  rpcs = trustRpcs({
    keyring,
    authorities,
    clock,
    clusterName: CLUSTER,
    lockOn: (subjects) => subjects.find(({ value }) => locked.includes(value))?.value,
    lockingMode: async () => "best_effort",
    auditChange: (entry) => {
      recorded.push(entry);
      return { op: "delete", key: key("audit", "log", "none"), condition: { is: "any" } };
    },
    inventory,
  });
});

const service = (role: SystemRole): Caller =>
  fakeSystem(
    `id.${CLUSTER}`,
    [role],
    permissionsOf(builtinRolesOf(CLUSTER)([role]), { name: `id.${CLUSTER}`, roles: [role], traits: {} }),
  );
const admin = service("Admin");
const editor = callerWho(
  "user",
  "eve",
  ["list", "read", "readnosecrets", "create", "update"].map((verb) => `cert_authority:${verb}`),
);
const isReason = (reason: Reason) => (error: unknown) => error instanceof AppError && error.reason === reason;

async function read(caller: Caller, includeKey = false, type = "user", domain = CLUSTER) {
  const request = { type, domain, includeKey } as never;
  return (await rpcs.getCertAuthority.handle(request, fakeCall(caller))) as CertAuthorityV2;
}

/** Everything that is private in an authority, wherever it stands. */
function privateKeys({ Spec: spec }: CertAuthorityV2): number {
  const sets = [spec?.ActiveKeys, spec?.AdditionalTrustedKeys];
  const all = [
    ...sets.flatMap((set) => [...(set?.SSH ?? []), ...(set?.JWT ?? [])].map((pair) => pair.PrivateKey)),
    ...sets.flatMap((set) => (set?.TLS ?? []).map((pair) => pair.Key)),
    ...(spec?.TLSKeyPairs ?? []).map((pair) => pair.Key),
    ...(spec?.JWTKeyPairs ?? []).map((pair) => pair.PrivateKey),
    ...(spec?.SigningKeys ?? []),
  ];
  return all.filter((key) => key.length > 0).length;
}

test("hosts with a stock sshd are told their authority by the list, which makes it", async () => {
  const request = { type: "openssh", includeKey: false } as never;
  const answer = await rpcs.getCertAuthorities.handle(request, fakeCall(editor));
  const [found] = (answer as GetCertAuthoritiesResponse).certAuthoritiesV2;
  assert.match(Buffer.from(found?.Spec?.ActiveKeys?.SSH[0]?.PublicKey ?? []).toString(), /^ssh-ed25519 /);
  await assert.rejects(
    async () => rpcs.getCertAuthorities.handle(request, fakeCall(callerWho("user", "nobody", []))),
    isReason("ACCESS_DENIED"),
  );
});

test("an authority is shown without private keys, old and new fields alike", async () => {
  for (const type of ["user", "host", "jwt", "openssh"]) {
    const shown = await read(editor, false, type);
    assert.equal(privateKeys(shown), 0, type);
    assert.doesNotMatch(Buffer.from(JSON.stringify(shown.Spec, bytesAsText)).toString(), /PRIVATE KEY/);
  }
});

const bytesAsText = (_: string, value: unknown) =>
  value instanceof Uint8Array
    ? Buffer.from(value).toString()
    : typeof value === "bigint"
      ? String(value)
      : value;

test("private keys are for the builtin administrator who asks, and for nobody else", async () => {
  assert.equal(privateKeys(await read(admin)), 0);
  assert.ok(privateKeys(await read(admin, true)) >= 2);
  await assert.rejects(read(editor, true), isReason("ACCESS_DENIED"));
  for (const role of ["Auth", "Proxy", "Node", "Bot"] as const) {
    await assert.rejects(read(service(role), true), isReason("ACCESS_DENIED"), role);
  }
  await assert.rejects(read(callerWho("user", "nobody", [])), isReason("ACCESS_DENIED"));
});

test("what was shown without keys leaves those that are stored alone", async () => {
  await read(editor);
  await rpcs.getCertAuthorities.handle({ type: "user", includeKey: false } as never, fakeCall(editor));
  assert.ok(privateKeys(await read(admin, true)) >= 2);
});

test("a list shows what exists, without keys", async () => {
  const list = async (includeKey: boolean, caller = editor) =>
    (await rpcs.getCertAuthorities.handle(
      { type: "host", includeKey } as never,
      fakeCall(caller),
    )) as GetCertAuthoritiesResponse;
  const { certAuthoritiesV2 } = await list(false);
  assert.deepEqual(
    certAuthoritiesV2.map((one) => [one.Metadata?.Name, privateKeys(one)]),
    [[CLUSTER, 0]],
  );
  await assert.rejects(list(true), isReason("ACCESS_DENIED"));
  assert.ok(privateKeys((await list(true, admin)).certAuthoritiesV2[0]!) >= 2);
});

test("clients of release 8 and older find the keys where they look for them", async () => {
  const { Spec: spec } = await read(editor);
  assert.deepEqual(
    spec?.CheckingKeys,
    spec?.ActiveKeys?.SSH.map((pair) => pair.PublicKey),
  );
  assert.deepEqual(
    spec?.TLSKeyPairs.map((pair) => pair.Cert),
    spec?.ActiveKeys?.TLS.map((pair) => pair.Cert),
  );
  assert.deepEqual((await read(admin, true)).Spec?.SigningKeys.length, 1);
});

test("an authority of a type that exists is made at its first use, of another cluster never", async () => {
  assert.equal((await read(editor, false, "openssh")).Metadata?.Name, CLUSTER);
  await assert.rejects(read(editor, false, "user", "two.example"), isReason("NOT_FOUND"));
  await assert.rejects(read(editor, false, "no-such-type"), isReason("BAD_PARAMETER"));
  await assert.rejects(read(editor, false, "__proto__"), isReason("BAD_PARAMETER"));
});

test("threat 1: nobody writes or deletes an authority of the own cluster", async () => {
  const stolen = clone(CertAuthorityV2Schema, await read(admin, true));
  const upsert = (certAuthority: CertAuthorityV2 | undefined) => async () =>
    rpcs.upsertCertAuthority.handle({ certAuthority } as never, fakeCall(admin));
  await assert.rejects(upsert(stolen), isReason("BAD_PARAMETER"));
  const renamed = clone(CertAuthorityV2Schema, stolen);
  renamed.Metadata!.Name = "two.example";
  await assert.rejects(upsert(renamed), isReason("BAD_PARAMETER"));
  const inner = clone(CertAuthorityV2Schema, stolen);
  inner.Spec!.ClusterName = "two.example";
  await assert.rejects(upsert(inner), isReason("BAD_PARAMETER"));
  await assert.rejects(upsert(create(CertAuthorityV2Schema, {})), isReason("BAD_PARAMETER"));
  await assert.rejects(upsert(undefined), isReason("BAD_PARAMETER"));
  const remove = async () =>
    rpcs.deleteCertAuthority.handle({ type: "user", domain: CLUSTER } as never, fakeCall(admin));
  await assert.rejects(remove, isReason("BAD_PARAMETER"));
  assert.equal(own.keyring.user.trusted.length, 1);
});

test("an authority of another cluster is written and deleted", async () => {
  const foreign = await (await openAuthority(clock, "two.example")).authorities.ensure("user");
  await rpcs.upsertCertAuthority.handle({ certAuthority: foreign } as never, fakeCall(admin));
  assert.equal((await read(editor, false, "user", "two.example")).Spec?.ClusterName, "two.example");
  await rpcs.deleteCertAuthority.handle({ type: "user", domain: "two.example" } as never, fakeCall(admin));
  await assert.rejects(read(editor, false, "user", "two.example"), isReason("NOT_FOUND"));
  assert.deepEqual(
    recorded.map(({ event, code, name, ca_type }) => [event, code, name, ca_type]),
    [
      ["cert_authority.update", "TCAR002I", "two.example", "user"],
      ["cert_authority.delete", "TCAR003I", "two.example", "user"],
    ],
  );
});

test("threat 23: a watcher sees private keys as little as a reader does", async () => {
  const source = authorityWatchSource(own.authorities);
  const authority = await own.authorities.ensure("user");
  const wish = (loadSecrets: boolean) => ({ kind: "cert_authority", loadSecrets, filter: {} }) as never;
  assert.equal(source.mayWatch(editor, wish(true)).allow, false);
  assert.equal(source.mayWatch(admin, wish(true)).allow, true);
  const bytes = source.encode(authority, undefined as never, source.viewOf(wish(false), undefined));
  assert.doesNotMatch(Buffer.from(bytes).toString("latin1"), /PRIVATE KEY/);
});

async function hostCert(parts: object, caller: Caller = admin): Promise<GenerateHostCertResponse> {
  const { publicKey } = await generateKey("ed25519");
  const key = Buffer.from(formatPublicKeyLine(fromKeyObject(publicKey)));
  const request = create(GenerateHostCertRequestSchema, {
    key,
    principals: ["web-1"],
    clusterName: CLUSTER,
    role: "Node",
    ...parts,
  });
  return (await rpcs.generateHostCert.handle(request, fakeCall(caller))) as GenerateHostCertResponse;
}

test("a host certificate is for its principals, and ssh-keygen reads it", async () => {
  const { sshCertificate } = await hostCert({ ttl: { seconds: 3600n } });
  const folder = mkdtempSync(join(tmpdir(), "sallyport-host-"));
  try {
    writeFileSync(join(folder, "host-cert.pub"), sshCertificate);
    const said = execFileSync("ssh-keygen", ["-L", "-f", join(folder, "host-cert.pub")], {
      encoding: "utf8",
    });
    assert.match(said, /host certificate/);
    assert.match(said, /Principals:\s+web-1\n\s+Critical Options/);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const parsed = parseSshCertificate(Buffer.from(sshCertificate).toString());
  assert.equal(parsed.validBeforeAt, clock.now() + 3_600_000);
});

test("without a lifetime it has no end", async () => {
  const { sshCertificate } = await hostCert({});
  assert.equal(parseSshCertificate(Buffer.from(sshCertificate).toString()).validBeforeAt, "forever");
});

test("threats 2, 3 and 4: names that mean anyone or several are never signed", async () => {
  for (const principals of [[], [""], ["*"], ["a,b"], ["a\nb"], ["web-?"], ["a b"]]) {
    await assert.rejects(hostCert({ principals }), isReason("BAD_PARAMETER"), String(principals));
  }
  await assert.rejects(hostCert({ clusterName: "two.example" }), isReason("BAD_PARAMETER"));
  await assert.rejects(hostCert({ role: "editor" }), isReason("BAD_PARAMETER"));
  await assert.rejects(hostCert({ ttl: { seconds: -1n } }), isReason("BAD_PARAMETER"));
  await assert.rejects(hostCert({ ttl: { seconds: 2n ** 62n } }), isReason("BAD_PARAMETER"));
  await assert.rejects(hostCert({ key: Buffer.from("ssh-rsa nonsense") }), isReason("BAD_PARAMETER"));
});

test("a rule can narrow for which hosts certificates are made", async () => {
  const where = 'all_end_with(host_cert.principals, ".lab") && equals(host_cert.role, "Node")';
  const lab = newRole("lab", {
    allow: { rules: [{ resources: ["host_cert"], verbs: ["create"], where, actions: [] }] },
  });
  const user = fakeUser("eve", ["lab"], permissionsOf([lab], { name: "eve", roles: ["lab"], traits: {} }));
  await hostCert({ principals: ["a.lab"] }, user);
  await assert.rejects(hostCert({ principals: ["a.lab", "b"] }, user), isReason("ACCESS_DENIED"));
  await assert.rejects(hostCert({ principals: ["a.lab"], role: "Auth" }, user), isReason("ACCESS_DENIED"));
  await assert.rejects(hostCert({}, editor), isReason("ACCESS_DENIED"));
});

test("threat 18: a locked host gets no certificate, by its id or its full name", async () => {
  for (const name of ["h1", `h1.${CLUSTER}`]) {
    locked = [name];
    await assert.rejects(hostCert({ hostId: "h1" }), isReason("LOCKED"));
  }
  await hostCert({ hostId: "h2" });
  const whileSigned = hostCert({ hostId: "h2" });
  await Promise.resolve();
  locked = ["h2"];
  await assert.rejects(whileSigned, isReason("LOCKED"));
});

test("threat 24: a host certificate that was issued is written down", async () => {
  await hostCert({ hostId: "h1", nodeName: "web-1" });
  const [entry] = recorded;
  assert.deepEqual([entry?.event, entry?.cert_type], ["cert.create", "host"]);
  assert.match(
    JSON.stringify(entry?.identity),
    /"logins":\["h1\.one\.example","h1","web-1\.one\.example","web-1"/,
  );
  await assert.rejects(hostCert({ principals: [] }));
  assert.equal(recorded.length, 1);
});

test("threat 1: a certificate is no public key", async () => {
  const { sshCertificate } = await hostCert({});
  await assert.rejects(hostCert({ key: sshCertificate }), isReason("BAD_PARAMETER"));
});

const named: [string, Parameters<typeof hostPrincipals>[0], readonly string[]][] = [
  [
    "no id: exactly the given",
    { hostId: "", nodeName: "n", principals: ["a", "a", "b"], role: "Node" },
    ["a", "b"],
  ],
  [
    "an id: its names first",
    { hostId: "id", nodeName: "n", principals: ["a"], role: "Node" },
    ["id.c", "id", "n.c", "n", "localhost", "127.0.0.1", "::1", "a"],
  ],
  ["the administrator", { hostId: "id", nodeName: "n", principals: ["a"], role: "Admin" }, ["id", "a"]],
];
for (const [name, request, expected] of named) {
  test(`host principals: ${name}`, () => assert.deepEqual(hostPrincipals(request, "c"), expected));
}
