import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { emptyIdentity, type Identity, identityFromSubject, identityToSubject } from "@sallyport/api";
import {
  DatabaseCertRequestSchema,
  DatabaseCSRRequestSchema,
  DatabaseCertRequest_Extensions as Extensions,
  DatabaseCertRequest_Requester as Requester,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  createCertificateRequest,
  encodePem,
  generateKey,
  parseCertificate,
  type SubjectAltNames,
} from "@sallyport/x509";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { newRole } from "../../roles/index.ts";
import type { Caller } from "../../rpc/index.ts";
import { prefix } from "../../storage/index.ts";
import { CLUSTER } from "../testing/open-authority.ts";
import {
  csrByOpenssl,
  isReason,
  openServices,
  opensslVerify,
  person,
  type ServiceWorld,
  service,
} from "../testing/service-world.ts";
import { createVerifyPeer } from "../verify-peer.ts";

const HOUR = 3_600_000;
const HOUR_NS = 3_600_000_000_000n;
const clock = new StoppedClock();
const csr = csrByOpenssl("/O=example/CN=db.example.com");
let world: ServiceWorld;

// Keys of RSA are dear: tests that rotate nothing share those of the databases.
before(async () => {
  world = await openServices(clock);
});
beforeEach(() => {
  world.locked = undefined;
});

interface Answer {
  readonly Cert: Uint8Array;
  readonly CACerts: readonly Uint8Array[];
}

async function databaseCert(parts: object, caller: Caller = service("Admin"), own = world): Promise<Answer> {
  const request = create(DatabaseCertRequestSchema, { CSR: csr, TTL: HOUR_NS, ...parts });
  return (await own.rpcs.generateDatabaseCert.handle(request, own.call(caller))) as Answer;
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const read = (pem: Uint8Array) => parseCertificate(Buffer.from(pem).toString());
const casOf = async (type: "db" | "db_client", own = world) => {
  const { Spec: spec } = await own.own.authorities.ensure(type);
  const sets = [spec?.ActiveKeys, spec?.AdditionalTrustedKeys];
  return sets.flatMap((set) => (set?.TLS ?? []).map(({ Cert }) => Cert));
};

test("a CockroachDB node that tctl of version 13 or before sets up trusts other nodes, and nobody else gets more", async () => {
  const node = csrByOpenssl("/CN=node");
  const trusts = async (
    CSR: Uint8Array,
    clientVersion: string | undefined,
    RequesterName = Requester.TCTL,
  ) => {
    const request = create(DatabaseCertRequestSchema, { CSR, TTL: HOUR_NS, RequesterName });
    const call = world.call(service("Admin"), { clientVersion });
    return ((await world.rpcs.generateDatabaseCert.handle(request, call)) as Answer).CACerts.map(textOf);
  };
  const [servers, clients] = await Promise.all([casOf("db"), casOf("db_client")]);
  const clientsAlone = clients.map(textOf);
  assert.deepEqual(await trusts(node, "11.1.2"), [...clientsAlone, ...servers.map(textOf)]);
  for (const version of ["14.0.0", "18.0.0", "", undefined, "eleven"]) {
    assert.deepEqual(await trusts(node, version), clientsAlone, version);
  }
  assert.deepEqual(await trusts(csr, "11.1.2"), clientsAlone);
  assert.deepEqual(await trusts(node, "11.1.2", Requester.UNSPECIFIED), servers.map(textOf));
});

test("a server certificate is what openssl takes for a server and nothing else", async () => {
  const answer = await databaseCert({
    RequesterName: Requester.TCTL,
    ServerName: "db.example.com",
    ServerNames: ["db.example.com", "db", "192.0.2.1"],
  });
  const cas = await casOf("db");
  assert.match(opensslVerify(answer.Cert, cas, "sslserver", clock.now()), /OK/);
  assert.throws(() => opensslVerify(answer.Cert, cas, "sslclient", clock.now()));
  const certificate = read(answer.Cert);
  assert.deepEqual(certificate.sans, { dns: ["db.example.com", "db"], ip: ["192.0.2.1"], uri: [] });
  assert.deepEqual(certificate.extKeyUsage, ["serverAuth"]);
  assert.equal(certificate.notAfterAt, clock.now() + HOUR);
  assert.deepEqual(answer.CACerts.map(textOf), (await casOf("db_client")).map(textOf));
});

test("a client certificate is by the other authority, for a client and nothing else", async () => {
  const answer = await databaseCert({ ServerNames: ["postgres"] }, service("Db"));
  const cas = await casOf("db_client");
  assert.match(opensslVerify(answer.Cert, cas, "sslclient", clock.now()), /OK/);
  assert.throws(() => opensslVerify(answer.Cert, cas, "sslserver", clock.now()));
  assert.throws(() =>
    opensslVerify(answer.Cert, [...(answer.CACerts as Uint8Array[])], "sslclient", clock.now()),
  );
  assert.deepEqual(answer.CACerts.map(textOf), (await casOf("db")).map(textOf));
});

test("threat 1: a request for the certificate of a CA gets one of a database", async () => {
  const wish = csrByOpenssl("/CN=x", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign");
  for (const CertificateExtensions of [Extensions.NORMAL, Extensions.WINDOWS_SMARTCARD]) {
    const certificate = read((await databaseCert({ CSR: wish, CertificateExtensions })).Cert);
    assert.equal(certificate.isCa, false);
    assert.ok(!certificate.keyUsage?.includes("keyCertSign"));
  }
});

test("a smart card keeps what Windows reads, and says where the revocation list is", async () => {
  const wish = csrByOpenssl(
    "/CN=alice",
    "subjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@example.com\n" +
      "extendedKeyUsage=clientAuth,1.3.6.1.4.1.311.20.2.2\n1.2.3.4=DER:0500",
  );
  const parts = {
    CertificateExtensions: Extensions.WINDOWS_SMARTCARD,
    CRLEndpoint: "http://crl.example.com/db",
  };
  const answer = await databaseCert({ CSR: wish, ...parts });
  const certificate = read(answer.Cert);
  assert.deepEqual(certificate.keyUsage, ["digitalSignature"]);
  assert.deepEqual(certificate.extKeyUsage, ["clientAuth", "1.3.6.1.4.1.311.20.2.2"]);
  const oids = certificate.extensions.map(({ oid }) => oid);
  assert.ok(oids.includes("2.5.29.17") && oids.includes("2.5.29.31") && !oids.includes("1.2.3.4"));
  assert.deepEqual(answer.CACerts.map(textOf), (await casOf("db_client")).map(textOf));
  assert.match(opensslVerify(answer.Cert, answer.CACerts, "sslclient", clock.now()), /OK/);
});

test("nothing lives longer than its authority, nor has an end that nobody named", async () => {
  const { Cert } = await databaseCert({ TTL: HOUR_NS * 24n * 365n * 100n });
  const [ca] = await casOf("db_client");
  assert.equal(read(Cert).notAfterAt, read(ca!).notAfterAt);
  for (const TTL of [0n, -HOUR_NS]) await assert.rejects(databaseCert({ TTL }), isReason("BAD_PARAMETER"));
});

test("threats 2 and 3: names and requests that are none are refused", async () => {
  for (const name of ["a b", "a,b", "a\nb", "*", "ü.example.com"]) {
    await assert.rejects(databaseCert({ ServerNames: [name] }), isReason("BAD_PARAMETER"), name);
  }
  const nameless = csrByOpenssl("/");
  await assert.rejects(databaseCert({ CSR: nameless, ServerNames: [] }), isReason("BAD_PARAMETER"));
  const { Cert } = await databaseCert({ CSR: nameless, ServerNames: ["db"] });
  assert.match(opensslVerify(Cert, await casOf("db_client"), "sslclient", clock.now()), /OK/);
  const spoilt = Buffer.from(String(csr).replace(/[A-Za-z](?=[A-Za-z0-9+/=]*\n-----END)/, "~"));
  for (const CSR of [Buffer.alloc(0), Buffer.from("x"), spoilt]) {
    await assert.rejects(databaseCert({ CSR }), isReason("BAD_PARAMETER"));
  }
});

const standIn = (users: string[], roles: string[]) =>
  newRole("db-stand-in", { allow: { impersonate: { users, roles, where: "" } } });
const rule = newRole("db-rule", {
  allow: { rules: [{ resources: ["database_certificate"], verbs: ["create"], where: "", actions: [] }] },
});

test("threat 13: by the rule, as a database service, or by a role that lets somebody act as one", async () => {
  const known = [rule, standIn(["Db"], ["Db"]), newRole("dev", {})];
  const rolesOf = async (names: readonly string[]) => ({
    roles: known.filter(({ name }) => names.includes(name)),
    missing: [],
  });
  const own = await openServices(clock, { rolesOf });
  const ask = (caller: Caller) =>
    own.rpcs.generateDatabaseCert.handle(
      create(DatabaseCertRequestSchema, { CSR: csr, TTL: HOUR_NS }),
      own.call(caller),
    );
  for (const caller of [
    person("a", rule),
    person("a", standIn(["Db"], ["Db"])),
    service("Db"),
    service("Proxy"),
  ]) {
    await ask(caller);
  }
  for (const caller of [person("a", newRole("dev", {})), service("Node"), service("WindowsDesktop")]) {
    await assert.rejects(async () => ask(caller), isReason("ACCESS_DENIED"));
  }
});

test("what is put on a server while a rotation begins still counts when it is over", async () => {
  const own = await openServices(clock);
  const before = (await databaseCert({ RequesterName: Requester.TCTL }, service("Admin"), own)).Cert;
  await own.rotate("db", "init");
  const during = (await databaseCert({ RequesterName: Requester.TCTL }, service("Admin"), own)).Cert;
  for (const phase of ["update_clients", "update_servers", "standby"]) {
    assert.match(opensslVerify(during, await casOf("db", own), "sslserver", clock.now()), /OK/, phase);
    await own.rotate("db", phase);
  }
  const cas = await casOf("db", own);
  assert.match(opensslVerify(during, cas, "sslserver", clock.now()), /OK/);
  assert.throws(() => opensslVerify(before, cas, "sslserver", clock.now()));
});

async function userCsr(parts: Partial<Identity> = {}, sans: SubjectAltNames = {}): Promise<Buffer> {
  const { privateKey } = await generateKey("ecdsa-p256");
  const subject = identityToSubject({
    ...emptyIdentity("alice"),
    roles: ["dev"],
    teleportCluster: CLUSTER,
    ...parts,
  });
  return Buffer.from(
    encodePem("CERTIFICATE REQUEST", await createCertificateRequest({ subject, key: privateKey, sans })),
  );
}

async function signCsr(CSR: Buffer, ClusterName = CLUSTER): Promise<Answer> {
  const request = create(DatabaseCSRRequestSchema, { CSR, ClusterName });
  return (await world.rpcs.signDatabaseCSR.handle(request, world.call(service("Proxy")))) as Answer;
}

test("a proxy tells a database service who its user is, for databases alone", async () => {
  const answer = await signCsr(await userCsr({ database: databaseOf("orders") }));
  const certificate = read(answer.Cert);
  const identity = identityFromSubject(certificate.subject);
  assert.deepEqual([identity.username, identity.roles, identity.usage], ["alice", ["dev"], ["usage:db"]]);
  assert.equal(identity.database?.serviceName, "orders");
  assert.equal(certificate.notAfterAt, clock.now() + 12 * HOUR);
  assert.match(opensslVerify(answer.Cert, await casOf("db"), "sslclient", clock.now()), /OK/);
  assert.deepEqual(answer.CACerts.map(textOf), world.own.keyring.host.tlsCertificates);
});

const databaseOf = (serviceName: string) => ({
  serviceName,
  protocol: "postgres",
  username: "u",
  database: "d",
  roles: [],
});

test("such a certificate is nobody to this API, and lives as its roles allow", async () => {
  const { Cert } = await signCsr(await userCsr());
  const verify = createVerifyPeer(world.own.keyring, clock, CLUSTER);
  const info = { serverName: undefined, remoteAddress: "", remoteIp: "", remotePort: 1 };
  assert.equal((await verify([Buffer.from(read(Cert).der)], info)).ok, false);
  assert.equal(
    read((await signCsr(await userCsr({ roles: ["prod"] }))).Cert).notAfterAt,
    clock.now() + 2 * HOUR,
  );
});

test("a database service of a cluster that trusts this one is known by the authority of its hosts", async () => {
  const hostCasOf = (name: string) => (name === "two.example" ? ["PEM of two"] : undefined);
  const own = await openServices(clock, { hostCasOf });
  const sign = async (ClusterName: string) => {
    const request = create(DatabaseCSRRequestSchema, { CSR: await userCsr(), ClusterName });
    return (await own.rpcs.signDatabaseCSR.handle(request, own.call(service("Proxy")))) as Answer;
  };
  const { Cert, CACerts } = await sign("two.example");
  assert.deepEqual(CACerts.map(textOf), ["PEM of two"]);
  assert.match(opensslVerify(Cert, await casOf("db", own), "sslclient", clock.now()), /OK/);
  await assert.rejects(sign("three.example"), isReason("NOT_FOUND"));
  await assert.rejects(sign(""), isReason("NOT_FOUND"));
});

test("users of other clusters, roles that are gone, and locked users get none", async () => {
  await assert.rejects(signCsr(await userCsr({ teleportCluster: "two.example" })), isReason("ACCESS_DENIED"));
  await assert.rejects(signCsr(csr), isReason("ACCESS_DENIED"));
  await assert.rejects(signCsr(await userCsr(), "two.example"), isReason("NOT_FOUND"));
  await assert.rejects(signCsr(await userCsr({ roles: ["gone"] })), isReason("NOT_FOUND"));
  world.locked = { field: "user", value: "alice" };
  await assert.rejects(signCsr(await userCsr()), isReason("LOCKED"));
});

test("threat 18: a lock that comes while it is signed holds it back", async () => {
  let looks = 0;
  const lockedLate = () => (++looks % 2 === 0 ? "a lock" : undefined);
  const late = await openServices(clock, { lockOn: lockedLate });
  const request = create(DatabaseCSRRequestSchema, { CSR: await userCsr(), ClusterName: CLUSTER });
  const sign = async () => late.rpcs.signDatabaseCSR.handle(request, late.call(service("Proxy")));
  await assert.rejects(sign, isReason("LOCKED"));
  const locked = { ...service("Db"), lockedBy: () => "a lock" };
  const own = create(DatabaseCertRequestSchema, { CSR: csr, TTL: 1_000_000_000n });
  await assert.rejects(
    async () => late.rpcs.generateDatabaseCert.handle(own, late.call(locked)),
    isReason("LOCKED"),
  );
  assert.deepEqual(await late.auditEvents(), []);
});

test("threat 24: what was issued is in the inventory and in the audit log", async () => {
  const own = await openServices(clock);
  const { Cert } = await databaseCert(
    { ServerNames: ["db"], RequesterName: Requester.TCTL },
    service("Admin"),
    own,
  );
  const { items } = await own.own.backend.list({ prefix: prefix("audit", "certificates"), limit: 50 });
  const serial = read(Cert).serialNumber.toString(16).padStart(32, "0");
  assert.ok(items.some((item) => item.key.includes(serial.slice(0, 16))));
  const [entry] = await own.auditEvents();
  assert.deepEqual([entry?.event, entry?.cert_type, entry?.ca_type], ["cert.create", "database", "db"]);
});
