import assert from "node:assert/strict";
import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { beforeEach, test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { DurationSchema, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type Credential,
  IssueWorkloadIdentitiesRequestSchema,
  IssueWorkloadIdentityRequestSchema,
  JWTSVIDParamsSchema,
  X509SVIDParamsSchema,
} from "@sallyport/api/gen/teleport/workloadidentity/v1/issuance_service_pb";
import { parseCertificate } from "@sallyport/x509";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { createVerifyPeer } from "../../authority/index.ts";
import { openAuthority } from "../../authority/testing/open-authority.ts";
import { opensslVerify, withFiles } from "../../authority/testing/service-world.ts";
import { newRole } from "../../roles/index.ts";
import { workloadIssuanceRpcs } from "../index.ts";
import {
  asker,
  CLUSTER,
  HOUR,
  identity,
  isReason,
  newPublicKey as newKey,
  openWorkloads,
  type WorkloadWorld,
} from "../testing/workload-world.ts";

const key = newKey();
let world: WorkloadWorld;

beforeEach(async () => {
  world = await openWorkloads(await openAuthority(new StoppedClock(), CLUSTER));
});

type Ask = MessageInitShape<typeof IssueWorkloadIdentityRequestSchema>;
const x509 = {
  case: "x509SvidParams" as const,
  value: create(X509SVIDParamsSchema, { publicKey: key }),
};
const jwt = {
  case: "jwtSvidParams" as const,
  value: create(JWTSVIDParamsSchema, { audiences: ["https://api.example"] }),
};

const put = (...parts: Parameters<typeof identity>) =>
  world.resources.upsertWorkloadIdentity.handle(
    { workloadIdentity: identity(...parts) } as never,
    world.call(),
  );

async function issue(ask: Ask, caller = asker(world.clock.now())): Promise<Credential> {
  const request = create(IssueWorkloadIdentityRequestSchema, { name: "web", credential: x509, ...ask });
  const answer = await world.issuance.issueWorkloadIdentity.handle(request, world.call(caller));
  return (answer as { credential: Credential }).credential;
}

async function issueMany(labels: Record<string, string[]>, caller = asker(world.clock.now())) {
  const labelSelectors = Object.entries(labels).map(([name, values]) => ({ key: name, values }));
  const request = create(IssueWorkloadIdentitiesRequestSchema, { labelSelectors, credential: x509 });
  const answer = await world.issuance.issueWorkloadIdentities.handle(request, world.call(caller));
  return (answer as { credentials: Credential[] }).credentials;
}

const ofX509 = ({ credential }: Credential) => {
  assert.equal(credential.case, "x509Svid");
  return { cert: Buffer.from(credential.value.cert), serialNumber: credential.value.serialNumber };
};
const ofJwt = ({ credential }: Credential) => {
  assert.equal(credential.case, "jwtSvid");
  return credential.value;
};
const seconds = (count: number) => create(DurationSchema, { seconds: BigInt(count) });
const spiffeCa = async () =>
  (await world.issuing.caKeys("spiffe")).tlsCertificates.map((pem) => Buffer.from(pem));

test("an X.509 SVID says exactly what was decided, and openssl trusts it by the SPIFFE authority", async () => {
  await put("web", {
    spiffe: {
      id: "/k8s/{{ workload.kubernetes.namespace }}/{{ strings.lower(user.bot_name) }}",
      hint: "for {{ user.labels.team }}",
      x509: {
        dnsSans: ["web.example", "{{ workload.kubernetes.namespace }}.svc"],
        subjectTemplate: { commonName: "{{ user.name }}", organization: "Org" },
      },
    },
  });
  const workloadAttrs = { kubernetes: { attested: true, namespace: "shop" } };
  const credential = await issue({ workloadAttrs, requestedTtl: seconds(600) });
  const { cert: der, serialNumber } = ofX509(credential);
  assert.equal(credential.spiffeId, `spiffe://${CLUSTER}/k8s/shop/ci`);
  assert.deepEqual([credential.hint, credential.workloadIdentityName], ["for core", "web"]);
  assert.notEqual(credential.workloadIdentityRevision, "");
  assert.equal(credential.ttl?.seconds, 600n);
  const cert = parseCertificate(der);
  assert.deepEqual(cert.sans, {
    dns: ["web.example", "shop.svc"],
    ip: [],
    uri: [`spiffe://${CLUSTER}/k8s/shop/ci`],
  });
  assert.deepEqual(cert.keyUsage, ["digitalSignature", "keyEncipherment", "keyAgreement"]);
  assert.deepEqual(cert.extKeyUsage, ["serverAuth", "clientAuth"]);
  assert.equal(cert.isCa, false);
  assert.deepEqual(
    cert.subject.flat().map(({ value }) => value),
    ["Org", "bot-ci"],
  );
  assert.equal(cert.notBeforeAt, Math.floor((world.clock.now() - 60_000) / 1000) * 1000);
  assert.equal(cert.notAfterAt, Math.floor((world.clock.now() + 600_000) / 1000) * 1000);
  assert.equal(serialNumber.replaceAll(":", ""), cert.serialNumber.toString(16));
  assert.match(serialNumber, /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  const pem = Buffer.from(new X509Certificate(der).toString());
  const judged = opensslVerify(pem, await spiffeCa(), "sslclient", world.clock.now());
  assert.match(judged, /OK/);
});

test("without a subject template the subject is empty and the names are critical", async () => {
  await put("web", { spiffe: { id: "/web" } });
  const { cert } = ofX509(await issue({}));
  assert.deepEqual(parseCertificate(cert).subject, []);
  const text = withFiles({ der: cert }, ({ run }) =>
    run("openssl", "x509", "-inform", "DER", "-in", "der", "-noout", "-text"),
  );
  assert.match(text, /Subject Alternative Name: critical\s+URI:spiffe:\/\/one\.example\/web\n/);
  const pem = Buffer.from(new X509Certificate(cert).toString());
  assert.match(opensslVerify(pem, await spiffeCa(), "sslserver", world.clock.now()), /OK/);
});

test("a JWT SVID is verified with the public key that the authority shows", async () => {
  await put("web", {
    spiffe: {
      id: "/web",
      jwt: { extraClaims: { team: "{{ user.labels.team }}", deep: { list: [1, "{{ user.name }}"] } } },
    },
  });
  const credential = await issue({ credential: jwt, requestedTtl: seconds(300) });
  const { jwt: token, jti } = ofJwt(credential);
  const [head = "", body = "", signature = ""] = token.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url").toString());
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  const authority = await world.own.authorities.ensure("spiffe");
  const publicKey = createPublicKey(
    Buffer.from(authority.Spec?.ActiveKeys?.JWT[0]?.PublicKey ?? []).toString(),
  );
  assert.equal(header.alg, "RS256");
  assert.ok(verify("sha256", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url")));
  const now = Math.floor(world.clock.now() / 1000);
  assert.deepEqual(claims, {
    team: "core",
    deep: { list: [1, "bot-ci"] },
    iss: `https://${CLUSTER}/workload-identity`,
    sub: `spiffe://${CLUSTER}/web`,
    aud: ["https://api.example"],
    exp: now + 300,
    iat: now,
    jti,
  });
  assert.match(jti, /^[0-9a-f]{32}$/);
  const [event] = (await world.auditEvents()).slice(-1);
  assert.deepEqual([event?.jti, event?.audiences, event?.svid_type], [jti, ["https://api.example"], "jwt"]);
});

test("every credential is in the audit log and in the inventory", async () => {
  await put("web", { spiffe: { id: "/web", hint: "h", x509: { dnsSans: ["web.example"] } } });
  const workloadAttrs = { unix: { attested: true, uid: 0, pid: 7 } };
  const { serialNumber } = ofX509(await issue({ workloadAttrs }));
  const { jti } = ofJwt(await issue({ credential: jwt }));
  const event = (await world.auditEvents()).find(({ svid_type }) => svid_type === "x509");
  assert.deepEqual(
    [event?.event, event?.code, event?.user, event?.bot_name],
    ["spiffe.svid.issued", "TSPIFFE000I", "bot-ci", "ci"],
  );
  assert.deepEqual(
    [event?.serial_number, event?.spiffe_id, event?.dns_sans, event?.hint],
    [serialNumber, `spiffe://${CLUSTER}/web`, ["web.example"], "h"],
  );
  assert.equal(event?.workload_identity, "web");
  const attributes = event?.attributes as { user: object; workload: { unix: object } };
  assert.deepEqual(attributes.workload.unix, { attested: true, pid: 7 });
  const found = await world.inventory(serialNumber.replaceAll(":", "").slice(0, 16));
  assert.deepEqual(
    [found?.kind, found?.caType, found?.user, found?.requester, found?.usage, found?.routes],
    ["workload", "spiffe", `spiffe://${CLUSTER}/web`, "bot-ci", ["x509-svid"], ["workload_identity=web"]],
  );
  const token = await world.inventory(jti.slice(0, 16));
  assert.deepEqual(
    [token?.usage, token?.x509, token?.routes],
    [["jwt-svid"], undefined, ["workload_identity=web", "audience=https://api.example"]],
  );
});

const refusals: [string, Parameters<typeof identity>[1], Ask, Parameters<typeof isReason>][] = [
  [
    "a rule is not met",
    rule("workload.kubernetes.namespace", "shop"),
    { workloadAttrs: { kubernetes: { namespace: "x" } } },
    ["ACCESS_DENIED", /rule 1: workload\.kubernetes\.namespace is "x"/],
  ],
  [
    "an attribute is not set",
    rule("workload.kubernetes.namespace", "shop"),
    {},
    ["ACCESS_DENIED", /workload\.kubernetes\.namespace is not set/],
  ],
  [
    "an expression is false",
    { rules: { allow: [{ expression: "!user.is_bot" }] }, spiffe: { id: "/web" } },
    {},
    ["ACCESS_DENIED", /rule 1: the expression is false/],
  ],
  [
    "a template has no value",
    { spiffe: { id: "/{{ join.github.repository }}" } },
    {},
    ["BAD_PARAMETER", /id: .*join\.github\.repository is not set/],
  ],
  [
    "threat 36: a template adds a segment",
    { spiffe: { id: "/a/{{ workload.systemd.service }}" } },
    { workloadAttrs: { systemd: { service: "x/../admin" } } },
    ["BAD_PARAMETER", /a segment must not be "\.\."/],
  ],
  [
    "a template makes no DNS name",
    { spiffe: { id: "/a", x509: { dnsSans: ["{{ workload.systemd.service }}.example"] } } },
    { workloadAttrs: { systemd: { service: "*" } } },
    ["BAD_PARAMETER", /not a DNS name/],
  ],
  [
    "the path is too long",
    { spiffe: { id: "/{{ workload.systemd.service }}" } },
    { workloadAttrs: { systemd: { service: "a".repeat(2040) } } },
    ["BAD_PARAMETER", /longer than 2048/],
  ],
  [
    "there is no key",
    { spiffe: { id: "/a" } },
    { credential: { case: "x509SvidParams", value: {} } },
    ["BAD_PARAMETER", /public_key/],
  ],
  [
    "the key is none",
    { spiffe: { id: "/a" } },
    { credential: { case: "x509SvidParams", value: { publicKey: Buffer.from("x") } } },
    ["BAD_PARAMETER", /the public key is refused/],
  ],
  [
    "no credential is asked for",
    { spiffe: { id: "/a" } },
    { credential: { case: undefined } },
    ["BAD_PARAMETER", /which credential/],
  ],
  [
    "a token is for nobody",
    { spiffe: { id: "/a" } },
    { credential: { case: "jwtSvidParams", value: {} } },
    ["BAD_PARAMETER", /audience/],
  ],
  [
    "the lifetime is negative",
    { spiffe: { id: "/a" } },
    { requestedTtl: seconds(-5) },
    ["BAD_PARAMETER", /less than a second/],
  ],
  [
    "the attributes are too large",
    { spiffe: { id: "/a" } },
    { workloadAttrs: { kubernetes: { labels: { a: "x".repeat(17_000) } } } },
    ["BAD_PARAMETER", /workload_attrs has/],
  ],
];

function rule(attribute: string, value: string): Parameters<typeof identity>[1] {
  const operator = { case: "eq", value: { value } } as const;
  return { rules: { allow: [{ conditions: [{ attribute, operator }] }] }, spiffe: { id: "/web" } };
}

for (const [name, spec, ask, reason] of refusals) {
  test(`refused, in words: ${name}`, async () => {
    await put("web", spec);
    await assert.rejects(() => issue(ask), isReason(...reason));
    assert.ok((await world.auditEvents()).every(({ event }) => event !== "spiffe.svid.issued"));
  });
}

test("labels of roles decide who reaches an identity; a denial wins", async () => {
  await put("web", { spiffe: { id: "/web" } }, { env: "dev" });
  await assert.rejects(
    () => issue({}),
    isReason("ACCESS_DENIED", /access denied to workload identity "web"/),
  );
  await put("web", { spiffe: { id: "/web" } }, { env: "prod", secret: "yes" });
  await issue({});
  const denying = newRole("denying", {
    deny: { labelSelectors: { workload_identity: { secret: ["yes"] } } },
  });
  world.roles.push(denying);
  const [issuer] = world.roles;
  assert.ok(issuer);
  await assert.rejects(
    () => issue({}, asker(world.clock.now(), {}, [issuer, denying])),
    isReason("ACCESS_DENIED", /access denied/),
  );
  world.roles.pop();
  // A role of the certificate that is gone might have been the one that denies.
  await assert.rejects(
    () => issue({}, asker(world.clock.now(), {}, [issuer, denying])),
    isReason("ACCESS_DENIED", /access denied/),
  );
});

for (const credential of [x509, jwt]) {
  test(`threat 17: an identity that is changed or taken away at that moment gives no ${credential.case}`, async () => {
    await put("web", { spiffe: { id: "/web" } });
    const { inventory } = world.issuing;
    for (const happen of [
      () => put("web", { spiffe: { id: "/other" } }),
      () => world.issuing.identities.delete("web"),
    ]) {
      const record: typeof inventory.record = async (...parts) => {
        await happen();
        await inventory.record(...parts);
      };
      const issuance = workloadIssuanceRpcs({ ...world.issuing, inventory: { ...inventory, record } });
      const request = create(IssueWorkloadIdentityRequestSchema, { name: "web", credential });
      await assert.rejects(
        async () => issuance.issueWorkloadIdentity.handle(request, world.call(asker(world.clock.now()))),
        isReason("COMPARE_FAILED", /./),
      );
    }
    const issued = (await world.auditEvents()).filter(({ event }) => event === "spiffe.svid.issued");
    assert.deepEqual(issued, []);
  });
}

test("threat 17: what an access request lends for some resources gives no credential", async () => {
  await put("web", { spiffe: { id: "/web" } });
  for (const allowedResourceIds of [[`/${CLUSTER}/node/n1`], []]) {
    const limited = asker(world.clock.now(), { allowedResourceIds });
    await assert.rejects(issue({}, limited), isReason("ACCESS_DENIED", /limited to the resources/));
    await assert.rejects(issueMany({ env: ["prod"] }, limited), isReason("ACCESS_DENIED", /limited/));
  }
});

test("identities that are selected by labels: what is not possible is left out, too many are refused", async () => {
  await put("a", { spiffe: { id: "/a" } }, { env: "prod", tier: "1" });
  await put("b", rule("user.name", "somebody else"), { env: "prod", tier: "1" });
  await put("c", { spiffe: { id: "/{{ workload.unix.binary_path }}" } }, { env: "prod", tier: "1" });
  await put("d", { spiffe: { id: "/d" } }, { env: "dev", tier: "1" });
  await put("e", { spiffe: { id: "/e" } }, { env: "prod", tier: "2" });
  const names = async (labels: Record<string, string[]>) =>
    (await issueMany(labels)).map(({ workloadIdentityName }) => workloadIdentityName);
  assert.deepEqual(await names({ tier: ["1"] }), ["a"]);
  assert.deepEqual(await names({ "*": ["*"] }), ["a", "e"]);
  assert.deepEqual(await names({ tier: ["1", "2"], env: ["pro*"] }), ["a", "e"]);
  assert.deepEqual(await names({ tier: ["3"] }), []);
  await assert.rejects(() => issueMany({}), isReason("BAD_PARAMETER", /label_selectors is empty/));
  await assert.rejects(() => issueMany({ "*": ["x"] }), isReason("BAD_PARAMETER", /takes the one value/));
  for (let index = 0; index < 9; index += 1) await put(`many-${index}`, { spiffe: { id: "/m" } });
  await assert.rejects(() => issueMany({ "*": ["*"] }), isReason("BAD_PARAMETER", /more than 10/));
});

const endsIn = (credential: Credential) =>
  credential.expiresAt === undefined ? 0 : timestampMs(credential.expiresAt) - world.clock.now();

test("threat 17: lifetimes are cut to the identity, a day, and the certificate that asks", async () => {
  await put("web", { spiffe: { id: "/web" } });
  assert.equal(endsIn(await issue({})), HOUR);
  assert.equal(endsIn(await issue({ requestedTtl: seconds(100 * 3600) })), 24 * HOUR);
  const soon = asker(world.clock.now(), { expires: new Date(world.clock.now() + 120_000) });
  assert.equal(endsIn(await issue({}, soon)), 120_000);
  await put("web", {
    spiffe: { id: "/web", x509: { maximumTtl: seconds(60) }, jwt: { maximumTtl: seconds(30) } },
  });
  assert.equal(endsIn(await issue({})), 60_000);
  assert.ok(endsIn(await issue({ credential: jwt })) <= 30_000);
});

test("threat 15: an SVID is never a client identity of our API", async () => {
  await put("web", {
    spiffe: { id: "/web", x509: { subjectTemplate: { commonName: "admin", organization: "Admin" } } },
  });
  const { cert } = ofX509(await issue({}));
  const verifyPeer = createVerifyPeer(world.own.keyring, world.clock, CLUSTER);
  const info = { serverName: undefined, remoteAddress: "", remoteIp: "", remotePort: 1 };
  const verdict = await verifyPeer([cert], info);
  assert.equal(verdict.ok, false);
});
