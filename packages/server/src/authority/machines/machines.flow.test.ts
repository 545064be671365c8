import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { beforeEach, test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { identityFromSubject } from "@sallyport/api";
import {
  HostCertsRequestSchema,
  SystemRoleAssertionSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { Certs } from "@sallyport/api/gen/teleport/legacy/client/proto/certs_pb";
import { formatPublicKeyLine, fromKeyObject, parseSshCertificate } from "@sallyport/ssh";
import { parseCertificate } from "@sallyport/x509";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import type { Caller } from "../../rpc/index.ts";
import { CLUSTER } from "../testing/open-authority.ts";
import {
  isReason,
  openServices,
  opensslVerify,
  person,
  type ServiceWorld,
  service,
  withFiles,
} from "../testing/service-world.ts";
import { createVerifyPeer, type Peer } from "../verify-peer.ts";

const YEAR = 365 * 24 * 3_600_000;
let clock: StoppedClock;
let world: ServiceWorld;
beforeEach(async () => {
  clock = new StoppedClock();
  world = await openServices(clock);
});

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key: KeyObject) => Buffer.from(key.export({ type: "spki", format: "pem" }));
const line = (key: KeyObject) => Buffer.from(formatPublicKeyLine(fromKeyObject(key)));

async function hostCerts(
  parts: MessageInitShape<typeof HostCertsRequestSchema> = {},
  caller: Caller = service("Node"),
): Promise<Certs> {
  const request = create(HostCertsRequestSchema, {
    HostID: "id",
    NodeName: "web-1",
    Role: "Node",
    PublicTLSKey: pem(publicKey),
    PublicSSHKey: line(publicKey),
    ...parts,
  });
  const call = world.call(caller, { remoteAddress: "192.0.2.7:4711" });
  return (await world.rpcs.generateHostCerts.handle(request, call)) as Certs;
}

const assertRole = async (SystemRole: string, caller: Caller, ServerID = "id", AssertionID = "a") =>
  world.rpcs.assertSystemRole.handle(
    create(SystemRoleAssertionSchema, { ServerID, AssertionID, SystemRole }),
    world.call(caller),
  );

test("a service gets both certificates for what it is, and openssl, ssh-keygen and this API take them", async () => {
  const certs = await hostCerts({ AdditionalPrincipals: ["web.example.com", "0.0.0.0"] });
  assert.match(opensslVerify(certs.TLS, certs.TLSCACerts, "sslserver", clock.now()), /OK/);
  const certificate = parseCertificate(Buffer.from(certs.TLS).toString());
  assert.deepEqual(certificate.sans, { dns: ["web.example.com"], ip: ["192.0.2.7"], uri: [] });
  assert.equal(
    certificate.notAfterAt,
    Math.min(clock.now() + 10 * YEAR, world.own.keyring.host.certificate.notAfterAt),
  );
  const info = { serverName: undefined, remoteAddress: "", remoteIp: "", remotePort: 1 };
  const verdict = await createVerifyPeer(
    world.own.keyring,
    clock,
    CLUSTER,
  )([Buffer.from(certificate.der)], info);
  assert.ok(verdict.ok);
  const { identity, isSystem } = verdict.peer as Peer;
  assert.deepEqual([identity.username, identity.roles, isSystem], [`id.${CLUSTER}`, ["Node"], true]);
  const ssh = parseSshCertificate(Buffer.from(certs.SSH).toString());
  assert.equal(ssh.validBeforeAt, "forever");
  const said = withFiles({ "h-cert.pub": Buffer.from(certs.SSH) }, ({ run }) =>
    run("ssh-keygen", "-L", "-f", "h-cert.pub"),
  );
  for (const name of [
    `id.${CLUSTER}`,
    `web-1.${CLUSTER}`,
    "web.example.com",
    "192.0.2.7",
    "x-teleport-role",
  ]) {
    assert.ok(said.includes(name), name);
  }
  assert.deepEqual(
    certs.SSHCACerts.map((bytes) => Buffer.from(bytes).toString()),
    world.own.keyring.host.sshKeys,
  );
});

test("threat 4: for itself, with the role that it holds, and nobody else's", async () => {
  await assert.rejects(hostCerts({ HostID: "other" }), isReason("ACCESS_DENIED"));
  await assert.rejects(hostCerts({ HostID: `id.${CLUSTER}` }), isReason("ACCESS_DENIED"));
  await assert.rejects(hostCerts({ HostID: "" }), isReason("BAD_PARAMETER"));
  await assert.rejects(hostCerts({ Role: "Proxy" }), isReason("ACCESS_DENIED"));
  await assert.rejects(hostCerts({}, person(`id.${CLUSTER}`)), isReason("ACCESS_DENIED"));
  await assert.rejects(
    hostCerts({ AdditionalPrincipals: ["auth.teleport.cluster.local"] }),
    isReason("ACCESS_DENIED"),
  );
  await assert.rejects(hostCerts({ NodeName: "auth.teleport.cluster.local" }), isReason("ACCESS_DENIED"));
  const another = "8a0a2c8e-5b1d-4c6e-9f7a-1c2d3e4f5a6b";
  await assert.rejects(hostCerts({ NodeName: another }), isReason("ACCESS_DENIED"));
  await assert.rejects(
    hostCerts({ AdditionalPrincipals: [`${another}.${CLUSTER}`] }),
    isReason("ACCESS_DENIED"),
  );
});

test("threats 2, 3 and 4: names and keys that are none are never signed", async () => {
  for (const name of ["", "a,b", "*", "a b", "a\nb"]) {
    await assert.rejects(hostCerts({ AdditionalPrincipals: [name] }), isReason("BAD_PARAMETER"), name);
  }
  const { SSH } = await hostCerts();
  for (const parts of [
    { PublicSSHKey: SSH },
    { PublicSSHKey: Buffer.from("ssh-rsa x") },
    { PublicTLSKey: Buffer.from("x") },
    { PublicTLSKey: new Uint8Array() },
    { PublicSSHKey: new Uint8Array() },
  ]) {
    await assert.rejects(hostCerts(parts), isReason("BAD_PARAMETER"));
  }
});

test("an instance holds the roles that it showed the certificates of, for as long as they were asserted", async () => {
  const instance = (parts: object = {}) =>
    hostCerts({ Role: "Instance", SystemRoles: ["Node", "App"], SystemRoleAssertionID: "a", ...parts });
  await assert.rejects(instance(), isReason("ACCESS_DENIED"));
  await assertRole("App", service("App"));
  const { TLS } = await instance();
  const identity = identityFromSubject(parseCertificate(Buffer.from(TLS).toString()).subject);
  assert.deepEqual([identity.roles, [...identity.systemRoles].sort()], [["Instance"], ["App", "Node"]]);
  await assert.rejects(instance({ SystemRoleAssertionID: "b" }), isReason("ACCESS_DENIED"));
  await assert.rejects(instance({ SystemRoleAssertionID: "" }), isReason("ACCESS_DENIED"));
  clock.advance(5 * 60_000);
  await assert.rejects(instance(), isReason("ACCESS_DENIED"));
});

test("threat 4: a role is asserted with its own certificate, by its own host", async () => {
  await assert.rejects(assertRole("Proxy", service("Node")), isReason("ACCESS_DENIED"));
  await assert.rejects(assertRole("Node", service("Node"), "other"), isReason("ACCESS_DENIED"));
  await assert.rejects(assertRole("Admin", service("Admin")), isReason("ACCESS_DENIED"));
  await assert.rejects(assertRole("Node", person(`id.${CLUSTER}`)), isReason("ACCESS_DENIED"));
  await assert.rejects(assertRole("Node", service("Node"), "id", ""), isReason("BAD_PARAMETER"));
  await assert.rejects(assertRole("Node", service("Node"), "id", "a".repeat(65)), isReason("BAD_PARAMETER"));
});

test("certificates are by the phase of the rotation, and not for who knows of another", async () => {
  const told = async () => ({ Rotation: (await world.own.authorities.ensure("host")).Spec!.Rotation! });
  const before = await told();
  await hostCerts(before);
  await world.rotate("host", "init");
  await assert.rejects(hostCerts(before), isReason("BAD_PARAMETER"));
  await hostCerts(await told());
  await world.rotate("host", "update_clients");
  const certs = await hostCerts(await told());
  assert.equal(certs.TLSCACerts.length, 2);
  const [active] = certs.TLSCACerts;
  assert.match(opensslVerify(certs.TLS, [active!], "sslclient", clock.now()), /OK/);
});

test("threat 24: what was issued is in the audit log", async () => {
  await hostCerts();
  await assert.rejects(hostCerts({ Role: "Proxy" }));
  const events = await world.auditEvents();
  assert.deepEqual(
    events.map(({ event, cert_type, user }) => [event, cert_type, user]),
    [["cert.create", "host", `id.${CLUSTER}`]],
  );
});
