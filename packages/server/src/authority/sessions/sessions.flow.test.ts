import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { before, beforeEach, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AppError, emptyIdentity, identityToSubject } from "@sallyport/api";
import {
  GenerateAppTokenRequestSchema,
  OpenSSHCertRequestSchema,
  SnowflakeJWTRequestSchema,
  WindowsDesktopCertRequestSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { formatPublicKeyLine, fromKeyObject, parseSshCertificate } from "@sallyport/ssh";
import {
  createCertificateRequest,
  encodePem,
  generateKey,
  parseCertificate,
  parsePrivateKeyPem,
} from "@sallyport/x509";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { findBySerial, searchCertificates } from "../../certificates/search-certificates.ts";
import { readSerial } from "../../certificates/serial.ts";
import { CLUSTER } from "../testing/open-authority.ts";
import {
  csrByOpenssl,
  isReason,
  openServices,
  opensslVerify,
  type ServiceWorld,
  service,
  withFiles,
} from "../testing/service-world.ts";
import { createVerifyPeer } from "../verify-peer.ts";
import { keyIdOf, signToken } from "./json-web-token.ts";

const HOUR = 3_600_000;
const HOUR_NS = 3_600_000_000_000n;
const clock = new StoppedClock();
let world: ServiceWorld;
before(async () => {
  world = await openServices(clock);
});
beforeEach(() => {
  world.locked = undefined;
});

const { publicKey } = generateKeyPairSync("ed25519");
const line = Buffer.from(formatPublicKeyLine(fromKeyObject(publicKey)));
const role = (Name: string, logins: string[], ttlHours = 30n) => ({
  Version: "v8",
  Metadata: { Name },
  Spec: { Options: { MaxSessionTTL: ttlHours * HOUR_NS }, Allow: { Logins: logins } },
});

const opensshWish = {
  PublicKey: line,
  Cluster: CLUSTER,
  User: { Metadata: { Name: "alice" }, Spec: { Traits: { Values: { logins: { Values: ["ubuntu"] } } } } },
  Roles: [role("dev", ["{{internal.logins}}", "root"])],
  TTL: HOUR_NS,
};

async function openssh(parts: object = {}): Promise<string> {
  const request = create(OpenSSHCertRequestSchema, { ...opensshWish, ...parts });
  const answer = await world.rpcs.generateOpenSSHCert.handle(request, world.call(service("Proxy")));
  return Buffer.from((answer as { Cert: Uint8Array }).Cert).toString();
}

test("a user of an OpenSSH server: by the openssh authority, with the logins of the roles that the proxy names", async () => {
  const text = await openssh();
  const certificate = parseSshCertificate(text);
  const { Spec: spec } = await world.own.authorities.ensure("openssh");
  const [pair] = spec!.ActiveKeys!.SSH;
  const said = withFiles({ "u-cert.pub": text, ca: Buffer.from(pair!.PublicKey) }, ({ run }) => {
    const shown = run("ssh-keygen", "-L", "-f", "u-cert.pub");
    const [ca = ""] = run("ssh-keygen", "-l", "-f", "ca").split(" ").slice(1);
    assert.ok(shown.includes(ca), "signed by the openssh authority");
    return shown;
  });
  for (const word of ["ubuntu", "root", "disallow-reissue", "teleport-roles"])
    assert.ok(said.includes(word), word);
  assert.equal(certificate.keyId, "alice");
  assert.equal(certificate.validBeforeAt, clock.now() + HOUR);
});

test("it lives as asked, by default the session's length, and never beyond the roles", async () => {
  assert.equal(parseSshCertificate(await openssh({ TTL: 0n })).validBeforeAt, clock.now() + 12 * HOUR);
  const short = [role("short", ["root"], 2n)];
  const text = await openssh({ TTL: 9n * HOUR_NS, Roles: short });
  assert.equal(parseSshCertificate(text).validBeforeAt, clock.now() + 2 * HOUR);
  await assert.rejects(openssh({ TTL: -1n }), isReason("BAD_PARAMETER"));
});

test("threats 1 to 4: what is missing, and what must not be signed, is refused", async () => {
  for (const parts of [{ User: {} }, { PublicKey: new Uint8Array() }, { Cluster: "" }]) {
    await assert.rejects(openssh(parts), isReason("BAD_PARAMETER"));
  }
  for (const PublicKey of [Buffer.from("ssh-rsa x"), Buffer.from(await openssh())]) {
    await assert.rejects(openssh({ PublicKey }), isReason("BAD_PARAMETER"));
  }
  for (const login of ["a,b", "*", "a\nb"]) {
    const signed = await openssh({ Roles: [role("odd", [login])] }).catch((error) => error);
    const listed = typeof signed === "string" ? parseSshCertificate(signed).principals : [];
    assert.ok(!listed.includes(login), login);
  }
});

test("threat 18: a locked user, or one with a locked role, gets none", async () => {
  for (const locked of [
    { field: "user", value: "alice" } as const,
    { field: "role", value: "dev" } as const,
  ]) {
    world.locked = locked;
    await assert.rejects(openssh(), isReason("LOCKED"));
    await assert.rejects(appToken(), isReason("LOCKED"));
  }
});

test("threat 18: a lock that comes while it is signed holds it back", async () => {
  let looks = 0;
  const late = await openServices(clock, { lockOn: () => (++looks % 2 === 0 ? "a lock" : undefined) });
  const request = create(OpenSSHCertRequestSchema, opensshWish);
  const sign = async () => late.rpcs.generateOpenSSHCert.handle(request, late.call(service("Proxy")));
  await assert.rejects(sign, isReason("LOCKED"));
  const token = create(GenerateAppTokenRequestSchema, appWish());
  const signToken = async () => late.rpcs.generateAppToken.handle(token, late.call(service("App")));
  await assert.rejects(signToken, isReason("LOCKED"));
  const snowflake = create(SnowflakeJWTRequestSchema, { AccountName: "acme", UserName: "bob" });
  const locked = { ...service("Db"), lockedBy: () => "a lock" };
  const signSnowflake = async () => late.rpcs.generateSnowflakeJWT.handle(snowflake, late.call(locked));
  await assert.rejects(signSnowflake, isReason("LOCKED"));
  assert.deepEqual(await late.auditEvents(), []);
});

interface Token {
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
}

function readToken(token: string, key: KeyObject): Token {
  const [header = "", claims = "", signature = ""] = token.split(".");
  const signed = Buffer.from(`${header}.${claims}`);
  const holds = verify(
    "sha256",
    signed,
    { key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  assert.ok(holds, "the signature holds");
  const parse = (part: string) =>
    JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  return { header: parse(header), claims: parse(claims) };
}

const appWish = () => ({
  Username: "alice",
  Roles: ["dev"],
  URI: "https://app.example.com",
  Traits: { team: { Values: ["a", "b"] } },
  Expires: { seconds: BigInt((clock.now() + HOUR) / 1000) },
});

async function appToken(parts: object = {}): Promise<string> {
  const request = create(GenerateAppTokenRequestSchema, { ...appWish(), ...parts });
  const answer = await world.rpcs.generateAppToken.handle(request, world.call(service("App")));
  return (answer as { Token: string }).Token;
}

test("a token for an application says who its user is, to whom, until when, by the jwt authority", async () => {
  const { Spec: spec } = await world.own.authorities.ensure("jwt");
  const key = createPublicKey(Buffer.from(spec?.ActiveKeys?.JWT[0]?.PublicKey ?? []));
  const { header, claims } = readToken((await appToken()) || "", key);
  const now = clock.now() / 1000;
  assert.deepEqual(header, { alg: "ES256", kid: keyIdOf(key), typ: "JWT" });
  const { jti, ...said } = claims;
  assert.match(String(jti), /^[0-9a-f]{32}$/);
  assert.deepEqual(said, {
    iss: CLUSTER,
    sub: "alice",
    aud: ["https://app.example.com"],
    exp: now + 3600,
    nbf: now - 10,
    iat: now,
    username: "alice",
    roles: ["dev"],
    traits: { team: ["a", "b"] },
  });
});

test("threat 24: tokens are in the inventory and in the audit log before they are released", async () => {
  world = await openServices(clock);
  const { backend, revocations } = world.own;
  const payload = JSON.parse(Buffer.from((await appToken()).split(".")[1] ?? "", "base64url").toString());
  const ask = create(SnowflakeJWTRequestSchema, { AccountName: "acme", UserName: "alice" });
  await world.rpcs.generateSnowflakeJWT.handle(ask, world.call(service("Db")));
  const search = { filter: {}, limit: 10, token: "", now: clock.now(), maxBytes: 1e6 };
  const { entries } = await searchCertificates({ backend, revocations }, search);
  const shown = entries.map(({ certificate }) => certificate);
  const times = { issuedAt: clock.now(), expiresAt: clock.now() + HOUR };
  const rest = {
    ssh: undefined,
    x509: undefined,
    impersonator: "",
    accessRequests: [],
    remoteIp: "127.0.0.1",
  };
  assert.deepEqual(shown, [
    {
      ...{ id: shown[0]?.id, kind: "database", caType: "db_client", user: "ACME.ALICE" },
      ...{ principals: ["ACME.ALICE"], roles: [], usage: ["snowflake-jwt"], routes: [] },
      ...{ requester: `id.${CLUSTER}`, validAfterAt: clock.now(), ...times, ...rest },
    },
    {
      ...{ id: shown[1]?.id, kind: "app", caType: "jwt", user: "alice", principals: ["alice"] },
      ...{ roles: ["dev"], usage: ["app-jwt"], routes: ["audience=https://app.example.com"] },
      ...{ requester: `id.${CLUSTER}`, validAfterAt: clock.now() - 10_000, ...times, ...rest },
    },
  ]);
  const byNumber = (text: string) => findBySerial({ backend, revocations }, readSerial(text));
  assert.equal((await byNumber(payload.jti))?.certificate.id, shown[1]?.id);
  assert.equal(await byNumber(`${"0".repeat(16)}${payload.jti.slice(16)}`), undefined);
  const audited = (await world.auditEvents()).map((event) => [event.event, event.cert_type, event.ca_type]);
  assert.deepEqual(audited, [
    ["cert.create", "app", "jwt"],
    ["cert.create", "database", "db_client"],
  ]);
  assert.equal((await world.auditEvents())[0]?.jti, payload.jti);

  world.broken = new AppError("UNAVAILABLE", "the disk is full");
  await assert.rejects(appToken(), isReason("UNAVAILABLE"));
  await assert.rejects(
    async () => world.rpcs.generateSnowflakeJWT.handle(ask, world.call(service("Db"))),
    isReason("UNAVAILABLE"),
  );
  world.broken = undefined;
});

test("a token without an end, a user or an audience is none", async () => {
  const past = { seconds: BigInt(clock.now() / 1000) };
  for (const parts of [
    { Username: "" },
    { Roles: [] },
    { URI: "" },
    { Expires: undefined },
    { Expires: past },
  ]) {
    await assert.rejects(appToken(parts), isReason("BAD_PARAMETER"));
  }
});

test("a key is named as verifiers work it out, and each kind signs with its own algorithm", async () => {
  // The example keys of RFC 7638 and RFC 7515; what they are called is worked out by Go.
  const rsa = {
    kty: "RSA",
    n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    e: "AQAB",
  };
  const ec = {
    kty: "EC",
    crv: "P-256",
    x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  };
  const named = (jwk: typeof rsa | typeof ec) => keyIdOf(createPublicKey({ key: jwk, format: "jwk" }));
  assert.equal(named(rsa), "72iu_Z5A293iuxpzTAzQjWoU2iuNJQRdH_pcfg-ah2A");
  assert.equal(named(ec), "K9G7DESol8MKeqCZHN442AYv5EHeUNoPRoJTRPYC6Cc");
  const algorithm = async (key: KeyObject) =>
    JSON.parse(Buffer.from((await signToken(key, {})).split(".")[0] ?? "", "base64url").toString()).alg;
  assert.equal(await algorithm(generateKeyPairSync("ed25519").privateKey), "EdDSA");
  assert.equal(await algorithm(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey), "ES256");
  await assert.rejects(
    algorithm(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey),
    isReason("INTERNAL"),
  );
});

test("a token for Snowflake is by the key of database clients, and names it", async () => {
  const request = create(SnowflakeJWTRequestSchema, { AccountName: "acme", UserName: "alice" });
  const answer = await world.rpcs.generateSnowflakeJWT.handle(request, world.call(service("Db")));
  const { Spec: spec } = await world.own.authorities.ensure("db_client");
  const key = createPublicKey(
    parsePrivateKeyPem(Buffer.from(spec?.ActiveKeys?.TLS[0]?.Key ?? []).toString()),
  );
  const { header, claims } = readToken((answer as { Token: string }).Token, key);
  const print = withFiles({ k: key.export({ type: "spki", format: "pem" }) as string }, ({ run }) =>
    run("sh", "-c", "openssl pkey -pubin -in k -outform DER | openssl dgst -sha256 -binary | openssl base64"),
  );
  const now = clock.now() / 1000;
  assert.equal(header.alg, "RS256");
  assert.deepEqual(claims, {
    iss: `ACME.ALICE.SHA256:${print.trim()}`,
    sub: "ACME.ALICE",
    iat: now,
    exp: now + 3600,
  });
  for (const parts of [{ AccountName: "" }, { UserName: "" }]) {
    const lacking = create(SnowflakeJWTRequestSchema, { AccountName: "a", UserName: "b", ...parts });
    const ask = async () => world.rpcs.generateSnowflakeJWT.handle(lacking, world.call(service("Db")));
    await assert.rejects(ask, isReason("BAD_PARAMETER"));
  }
});

test("Snowflake knows an account by the first part of its name", async () => {
  const accounts = {
    "abc321.us-central1.gcp": "ABC321",
    "abc321.eu-west-1.privatelink": "ABC321",
    "org-abc321": "ORG-ABC321",
    "abc321-x9y8.global": "ABC321",
  };
  for (const [AccountName, known] of Object.entries(accounts)) {
    const request = create(SnowflakeJWTRequestSchema, { AccountName, UserName: "alice" });
    const answer = await world.rpcs.generateSnowflakeJWT.handle(request, world.call(service("Db")));
    const [, claims = ""] = (answer as { Token: string }).Token.split(".");
    assert.equal(JSON.parse(Buffer.from(claims, "base64url").toString()).sub, `${known}.ALICE`);
  }
});

const upn =
  "subjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@example.com\nextendedKeyUsage=clientAuth,1.3.6.1.4.1.311.20.2.2";

async function desktopCert(CSR: Buffer, parts: object = {}): Promise<string> {
  const request = create(WindowsDesktopCertRequestSchema, {
    CSR,
    TTL: HOUR_NS,
    CRLEndpoint: "http://crl.example.com/user",
    ...parts,
  });
  const answer = await world.rpcs.generateWindowsDesktopCert.handle(
    request,
    world.call(service("WindowsDesktop")),
  );
  return Buffer.from((answer as { Cert: Uint8Array }).Cert).toString();
}

test("a smart card for Windows is by the user authority, and says where its revocation list is", async () => {
  const text = await desktopCert(csrByOpenssl("/CN=alice", upn));
  const certificate = parseCertificate(text);
  assert.deepEqual(certificate.extKeyUsage, ["clientAuth", "1.3.6.1.4.1.311.20.2.2"]);
  assert.equal(certificate.notAfterAt, clock.now() + HOUR);
  const cas = world.own.keyring.user.tlsCertificates.map((pem) => Buffer.from(pem));
  assert.match(opensslVerify(Buffer.from(text), cas, "sslclient", clock.now()), /OK/);
  const said = withFiles({ text }, ({ run }) => run("openssl", "x509", "-in", "text", "-noout", "-text"));
  assert.match(said, /URI:http:\/\/crl\.example\.com\/user/);
});

test("a desktop is told what its service asks for and what the cluster is, by extensions, and nothing else", async () => {
  const asked =
    "1.3.9999.2.16=DER:0101FF\n1.3.9999.2.22=DER:0500\n1.3.9999.2.14=DER:0500\n1.3.9999.2.99=DER:0500";
  const { extensions } = parseCertificate(await desktopCert(csrByOpenssl("/CN=alice", `${upn}\n${asked}`)));
  const told = extensions.filter(({ oid }) => oid.startsWith("1.3.9999."));
  assert.deepEqual(
    told.map(({ oid, critical, value }) => [oid, critical, Buffer.from(value).toString("latin1")]),
    [
      ["1.3.9999.2.16", false, "\x01\x01\xff"],
      ["1.3.9999.2.22", false, "\x05\x00"],
      ["1.3.9999.2.14", false, "oss"],
      ["1.3.9999.2.17", false, "false"],
    ],
  );
});

test("the place of the list may be in a directory, with the spaces of its names", async () => {
  const CRLEndpoint =
    "ldap:///CN=one.example,CN=Public Key Services,DC=ad,DC=com?certificateRevocationList?base?objectClass=cRLDistributionPoint";
  const text = await desktopCert(csrByOpenssl("/CN=alice", upn), { CRLEndpoint });
  const said = withFiles({ text }, ({ run }) => run("openssl", "x509", "-in", "text", "-noout", "-text"));
  assert.match(said, /URI:ldap:\/\/\/CN=one\.example,CN=Public%20Key%20Services,DC=ad,DC=com\?/);
});

test("it is nobody to this API, whatever the desktop service asks for", async () => {
  const verifyPeer = createVerifyPeer(world.own.keyring, clock, CLUSTER);
  const info = { serverName: undefined, remoteAddress: "", remoteIp: "", remotePort: 1 };
  const plain = parseCertificate(await desktopCert(csrByOpenssl("/CN=alice", upn)));
  assert.equal((await verifyPeer([Buffer.from(plain.der)], info)).ok, false);
  for (const subject of ["/O=editor/CN=alice", "/O=x", "/CN=a/CN=b"]) {
    await assert.rejects(desktopCert(csrByOpenssl(subject, upn)), isReason("BAD_PARAMETER"), subject);
  }
  const { privateKey: key } = await generateKey("ecdsa-p256");
  const subject = identityToSubject({ ...emptyIdentity("alice"), teleportCluster: CLUSTER });
  const posing = encodePem("CERTIFICATE REQUEST", await createCertificateRequest({ subject, key }));
  await assert.rejects(desktopCert(Buffer.from(posing)), isReason("BAD_PARAMETER"));
  await assert.rejects(desktopCert(csrByOpenssl("/CN=a"), { TTL: 0n }), isReason("BAD_PARAMETER"));
  await assert.rejects(
    desktopCert(csrByOpenssl("/CN=a"), { CRLEndpoint: "no url" }),
    isReason("BAD_PARAMETER"),
  );
});
