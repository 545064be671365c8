import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AppError, type Identity, identityFromSubject, type Reason } from "@sallyport/api";
import {
  UserCertsRequest_CertUsage as CertUsage,
  UserCertsRequestSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { Certs } from "@sallyport/api/gen/teleport/legacy/client/proto/certs_pb";
import { formatPublicKeyLine, fromKeyObject, parseSshCertificate } from "@sallyport/ssh";
import { encodePem, generateKey, parseCertificate } from "@sallyport/x509";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import type { Call, Caller } from "../rpc/index.ts";
import { fakeCall } from "../rpc/testing/fake-call.ts";
import { certsRpcs } from "./certs-rpc.ts";
import {
  callerNamed,
  callingService,
  type IssuingWorld,
  openIssuing,
  person,
} from "./testing/issuing-world.ts";
import { CLUSTER } from "./testing/open-authority.ts";

const HOUR = 3_600_000;
const clock = new StoppedClock();
let world: IssuingWorld;

beforeEach(async () => {
  world = await openIssuing(clock);
});

const ecKey = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key: KeyObject) => Buffer.from(key.export({ type: "spki", format: "pem" }));
const line = (key: KeyObject) => Buffer.from(formatPublicKeyLine(fromKeyObject(key)));
const bothKeys = { SSHPublicKey: line(ecKey.publicKey), TLSPublicKey: pem(ecKey.publicKey) };

const user = (name: string, held: string[], own: Partial<Identity> = {}) =>
  callerNamed(name, held, clock.now(), own);
const alice = (own: Partial<Identity> = {}) => user("alice", ["dev"], own);
const admin = callingService("Admin");

async function ask(caller: Caller, parts: object = {}, call: Partial<Call> = {}): Promise<Certs> {
  const request = create(UserCertsRequestSchema, { Username: "alice", ...bothKeys, ...parts });
  const answer = certsRpcs(world.deps).generateUserCerts.handle(
    request,
    fakeCall(caller, { now: clock.now(), ...call }),
  );
  return (await answer) as Certs;
}

function identityOf(certs: Certs): Identity {
  const certificate = parseCertificate(Buffer.from(certs.TLS).toString());
  return identityFromSubject(certificate.subject, { notAfterAt: certificate.notAfterAt });
}

const sshOf = (certs: Certs) => parseSshCertificate(Buffer.from(certs.SSH).toString());
const endOf = (certs: Certs) => identityOf(certs).expires?.getTime();
const refusedAs = (reason: Reason) => (error: unknown) =>
  error instanceof AppError && error.reason === reason;
const _denied = refusedAs("ACCESS_DENIED");

test("both certificates say the same of their holder, and end together", async () => {
  const certs = await ask(alice({ traits: {} }));
  const [identity, ssh] = [identityOf(certs), sshOf(certs)];
  assert.deepEqual(
    [identity.username, identity.roles, identity.teleportCluster],
    ["alice", ["dev"], CLUSTER],
  );
  assert.deepEqual([ssh.keyId, ssh.use, ssh.validBeforeAt], ["alice", "user", endOf(certs)]);
  assert.deepEqual(ssh.principals, ["ubuntu", "-teleport-internal-join"]);
  assert.equal(endOf(certs), clock.now() + 6 * HOUR);
});

test("openssl verifies the certificate against the CA that comes with it, ssh-keygen reads the other", async () => {
  const certs = await ask(alice());
  const folder = mkdtempSync(join(tmpdir(), "sallyport-certs-"));
  try {
    const file = (name: string, bytes: Uint8Array) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    const at = String(Math.floor(clock.now() / 1000));
    const [crt, cas] = [file("a.crt", certs.TLS), file("a.cas", Buffer.concat([...certs.TLSCACerts]))];
    const openssl = ["verify", "-attime", at, "-purpose", "sslclient", "-CAfile", cas, crt];
    assert.match(execFileSync("openssl", openssl, { encoding: "utf8" }), /OK/);
    const subject = execFileSync("openssl", [
      "x509",
      "-in",
      crt,
      "-noout",
      "-subject",
      "-nameopt",
      "RFC2253",
    ]);
    assert.match(String(subject), /CN=alice/);
    const said = execFileSync("ssh-keygen", ["-L", "-f", file("a-cert.pub", certs.SSH)], {
      encoding: "utf8",
    });
    assert.match(said, /Key ID: "alice"/);
    assert.match(said, /Principals:\s+ubuntu\n\s+-teleport-internal-join/);
    assert.match(said, /permit-pty/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a client of 2020 sends one SSH key and gets both certificates for it; a new one gets what it asks for", async () => {
  const shared = await generateKey("rsa-2048");
  const old = await ask(alice(), {
    SSHPublicKey: Buffer.alloc(0),
    TLSPublicKey: Buffer.alloc(0),
    PublicKey: line(shared.publicKey),
  });
  const tls = new X509Certificate(Buffer.from(old.TLS));
  assert.equal(tls.publicKey.export({ type: "spki", format: "pem" }), String(pem(shared.publicKey)));
  assert.equal(sshOf(old).publicKey.type, "ssh-rsa");
  const onlyTls = await ask(alice(), { SSHPublicKey: Buffer.alloc(0) });
  assert.deepEqual([onlyTls.SSH.length, onlyTls.TLS.length > 0], [0, true]);
  const onlySsh = await ask(alice(), { TLSPublicKey: Buffer.alloc(0) });
  assert.deepEqual([onlySsh.TLS.length, onlySsh.SSH.length > 0], [0, true]);
});

test("threat 1: a key that is a certificate, weak or garbage is refused", async () => {
  const certs = await ask(alice());
  const bad = refusedAs("BAD_PARAMETER");
  await assert.rejects(ask(alice(), { SSHPublicKey: certs.SSH }), bad);
  await assert.rejects(ask(alice(), { TLSPublicKey: certs.TLS }), bad);
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
  await assert.rejects(ask(alice(), { TLSPublicKey: pem(weak.publicKey) }), bad);
  for (const text of ["", "ssh-rsa", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]) {
    const keys = { SSHPublicKey: Buffer.alloc(0), TLSPublicKey: Buffer.from(text) };
    await assert.rejects(ask(alice(), keys), bad);
  }
  const forged = encodePem("PUBLIC KEY", Buffer.from("3000", "hex"));
  await assert.rejects(ask(alice(), { TLSPublicKey: Buffer.from(forged) }), bad);
});

test("threat 24: the entry is durable before the certificate is released", async () => {
  await ask(alice(), {}, { remoteAddress: "192.0.2.9:4711" });
  const [entry, ...more] = await world.auditEvents();
  assert.deepEqual(
    [entry?.event, entry?.code, entry?.cert_type, more.length],
    ["cert.create", "TC000I", "user", 0],
  );
  const said = entry?.identity as Record<string, unknown>;
  assert.deepEqual([said.user, said.roles, said.client_ip], ["alice", ["dev"], "192.0.2.9"]);
  world.broken = new AppError("UNAVAILABLE", "the disk is full");
  await assert.rejects(ask(alice()), refusedAs("UNAVAILABLE"));
});

test("threat 24: no key and no certificate is in the entry", async () => {
  const certs = await ask(alice());
  const text = JSON.stringify(await world.auditEvents());
  assert.doesNotMatch(text, /BEGIN|ssh-|ecdsa/);
  assert.ok(!text.includes(Buffer.from(certs.TLS).toString().split("\n")[1]!));
});

test("threat 12: a certificate leads to another cluster where a role reaches it; else it might as well not be there", async () => {
  const labels: Record<string, Record<string, string>> = {
    "open.example": {},
    "two.example": { env: "prod" },
  };
  world.deps = { ...world.deps, labelsOfCluster: async (name) => labels[name] };
  const to = (RouteToCluster: string) => ({ RouteToCluster });
  assert.equal(identityOf(await ask(alice(), to("open.example"))).routeToCluster, "open.example");
  const app = { Usage: CertUsage.App, RouteToApp: { Name: "a", ClusterName: "two.example" } };
  for (const wish of [to("two.example"), to("three.example"), app]) {
    await assert.rejects(ask(alice(), wish), refusedAs("NOT_FOUND"));
  }
  const certs = await ask(user("alice", ["travels"]), to("two.example"));
  assert.equal(identityOf(certs).routeToCluster, "two.example");
  await assert.rejects(ask(user("alice", ["travels"]), to("open.example")), refusedAs("NOT_FOUND"));
});

test("a Kubernetes cluster is looked for where the certificate leads: here there is none", async () => {
  world.deps = { ...world.deps, labelsOfCluster: async (name) => (name === "open.example" ? {} : undefined) };
  const wish = { Usage: CertUsage.Kubernetes, KubernetesCluster: "k1" };
  const { routeToCluster, kubernetesCluster, usage } = identityOf(
    await ask(alice(), { ...wish, RouteToCluster: "open.example" }),
  );
  assert.deepEqual([routeToCluster, kubernetesCluster, usage], ["open.example", "k1", ["usage:kube"]]);
  for (const RouteToCluster of ["", CLUSTER]) {
    await assert.rejects(ask(alice(), { ...wish, RouteToCluster }), refusedAs("BAD_PARAMETER"));
  }
  const strange = { ...wish, RouteToCluster: "three.example" };
  await assert.rejects(ask(alice(), strange), refusedAs("NOT_FOUND"));
});

test("usages: a target that is not named, or not there, is refused; one that is named is all that it is for", async () => {
  const bad = refusedAs("BAD_PARAMETER");
  await assert.rejects(ask(alice(), { Usage: CertUsage.App }), bad);
  await assert.rejects(ask(alice(), { Usage: CertUsage.Kubernetes, KubernetesCluster: "k1" }), bad);
  await assert.rejects(ask(alice(), { RouteToCluster: "two.example" }), refusedAs("NOT_FOUND"));
  await assert.rejects(ask(alice(), { Usage: 99 }), bad);
  await assert.rejects(ask(alice(), { Format: "newssh" }), bad);
  const certs = await ask(alice(), { Usage: CertUsage.Database, RouteToDatabase: { ServiceName: "db-1" } });
  assert.deepEqual(identityOf(certs).usage, ["usage:db"]);
});

test("threat 20: a hostile user name is in no certificate under another one", async () => {
  for (const name of ["alice,CN=root", "alice+O=Admin", "al\u0000ice", " alice", "alice/CN=x", "ali\nce"]) {
    world.users = { [name]: person(name, ["dev"]) };
    try {
      const certs = await ask(admin, { Username: name });
      assert.equal(identityOf(certs).username, name);
      assert.deepEqual(identityOf(certs).roles, ["dev"]);
    } catch (error) {
      assert.ok(!(error instanceof assert.AssertionError), String(error));
    }
  }
});

test("routes to a database and an application are in the certificate, the inventory and the audit log", async () => {
  const RouteToDatabase = {
    ServiceName: "orders",
    Protocol: "postgres",
    Username: "writer",
    Database: "main",
    Roles: ["r"],
  };
  const database = identityOf(
    await ask(alice(), { Usage: CertUsage.Database, RouteToDatabase, ConnectionDiagnosticID: "diag-1" }),
  );
  assert.deepEqual(database.database, {
    serviceName: "orders",
    protocol: "postgres",
    username: "writer",
    database: "main",
    roles: ["r"],
  });
  assert.deepEqual([database.usage, database.connectionDiagnosticId], [["usage:db"], "diag-1"]);
  const RouteToApp = { Name: "wiki", PublicAddr: "wiki.example.com", ClusterName: CLUSTER, TargetPort: 8080 };
  const { app } = identityOf(await ask(alice(), { Usage: CertUsage.App, RouteToApp }));
  assert.deepEqual([app?.name, app?.publicAddr, app?.targetPort], ["wiki", "wiki.example.com", 8080]);
  assert.notEqual(app?.sessionId, "");
  const events = await world.auditEvents();
  const said = events.map(
    ({ identity }) => identity as Record<string, { service_name?: string; name?: string }>,
  );
  assert.deepEqual(
    [said[0]?.route_to_database?.service_name, said[1]?.route_to_app?.name],
    ["orders", "wiki"],
  );
  const elsewhere = { ...RouteToApp, ClusterName: "two.example" };
  await assert.rejects(ask(alice(), { Usage: CertUsage.App, RouteToApp: elsewhere }), refusedAs("NOT_FOUND"));
});

test("threat 19: a single-use certificate says where it was asked for, and when the one before it ends", async () => {
  const own = alice({ loginIp: "198.51.100.1" });
  const wish = { Usage: CertUsage.Database, RouteToDatabase: { ServiceName: "orders" }, Purpose: 2 };
  const identity = identityOf(await ask(own, wish, { remoteAddress: "192.0.2.9:1" }));
  assert.equal(identity.loginIp, "192.0.2.9");
  assert.equal(identity.previousIdentityExpires?.getTime(), own.identity?.expires?.getTime());
  assert.equal(identityOf(await ask(own, {}, { remoteAddress: "192.0.2.9:1" })).loginIp, "198.51.100.1");
});

test("the answer has the CAs of users, for both kinds", async () => {
  const certs = await ask(alice());
  assert.deepEqual(
    certs.TLSCACerts.map(String),
    world.own.keyring.user.tlsCertificates.map((one) => String(Buffer.from(one))),
  );
  assert.deepEqual(
    certs.SSHCACerts.map((one) => Buffer.from(one).toString()),
    world.own.keyring.user.sshKeys,
  );
});
