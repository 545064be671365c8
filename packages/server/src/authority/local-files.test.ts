import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { clone } from "@bufbuild/protobuf";
import { CertAuthorityV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { createServerMaterial, createVerifyPeer, keepLocalAdmin, type Peer } from "./index.ts";
import { CLUSTER, openAuthority, type SmallAuthority } from "./testing/open-authority.ts";

const HOUR = 3_600_000;
const info = { serverName: undefined, remoteAddress: "", remoteIp: "", remotePort: 1 };
const clock = new StoppedClock();
let own: SmallAuthority;
let folder: string;
let path: string;

before(async () => {
  own = await openAuthority(clock);
  folder = mkdtempSync(join(tmpdir(), "sallyport-admin-"));
  path = join(folder, "data", "admin-identity.pem");
});
after(() => rmSync(folder, { recursive: true }));

const keep = (errors: unknown[] = []) =>
  keepLocalAdmin({
    keyring: own.keyring,
    inventory: own.inventory,
    clock,
    clusterName: CLUSTER,
    hostId: "id-1",
    path,
    onError: (error) => errors.push(error),
  });
const settle = async (changed: () => boolean) => {
  for (let turn = 0; turn < 2000 && !changed(); turn += 1)
    await new Promise((resolve) => setImmediate(resolve));
  assert.ok(changed());
};
const certificatesIn = (text: string) =>
  (text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  );

test("the administrator's identity is the owner's alone, and is renewed long before it ends", async () => {
  const kept = await keep();
  const first = readFileSync(path, "utf8");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, "data")).mode & 0o777, 0o700);
  const [leaf] = certificatesIn(first);
  assert.equal(Date.parse(leaf!.validTo), clock.now() + 24 * HOUR);
  chmodSync(path, 0o644);
  clock.advance(12 * HOUR);
  await settle(() => readFileSync(path, "utf8") !== first);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await kept.stop();
  const last = readFileSync(path, "utf8");
  clock.advance(48 * HOUR);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(readFileSync(path, "utf8"), last);
  assert.deepEqual(readdirSync(join(folder, "data")), ["admin-identity.pem"]);
});

test("it holds key, certificates and the CA, in the order that clients read, and is taken as the administrator's", async () => {
  const kept = await keep();
  const text = readFileSync(path, "utf8");
  const order = ["PRIVATE KEY-----", "-cert-v01@openssh.com", "BEGIN CERTIFICATE", "@cert-authority"];
  const places = order.map((part) => text.indexOf(part));
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  assert.ok(places[0]! >= 0);
  const [leaf, ca] = certificatesIn(text);
  assert.ok(leaf!.verify(ca!.publicKey));
  const verdict = await createVerifyPeer(own.keyring, clock, CLUSTER)([leaf!.raw], info);
  assert.ok(verdict.ok);
  const peer = verdict.peer as Peer;
  assert.deepEqual([peer.isSystem, peer.identity.roles], [true, ["Admin"]]);
  await kept.stop();
});

test("when the host CA changes, the identity is made anew by the new one", async () => {
  const kept = await keep();
  const before = readFileSync(path, "utf8");
  const stored = clone(CertAuthorityV2Schema, await own.authorities.ensure("host"));
  stored.Spec!.ActiveKeys = (await (await openAuthority(clock)).authorities.ensure("host")).Spec!.ActiveKeys;
  await own.authorities.of("host").update(stored);
  await settle(() => readFileSync(path, "utf8") !== before);
  const [leaf] = certificatesIn(readFileSync(path, "utf8"));
  assert.ok(leaf!.verify(own.keyring.host.trusted[0]!.publicKey));
  await kept.stop();
});

test("a renewal that fails is reported, and tried again soon", async () => {
  const errors: unknown[] = [];
  const kept = await keep(errors);
  const before = readFileSync(path, "utf8");
  const { host } = own.keyring;
  Object.defineProperty(own.keyring, "host", {
    configurable: true,
    get: () => {
      throw new Error("no keys");
    },
  });
  clock.advance(12 * HOUR);
  await settle(() => errors.length > 0);
  Object.defineProperty(own.keyring, "host", { configurable: true, get: () => host });
  clock.advance(60_000);
  await settle(() => readFileSync(path, "utf8") !== before);
  await kept.stop();
});

async function server(clusterName: string, publicAddresses: string[]): Promise<X509Certificate> {
  const names = { clusterName, hostId: "id-1", publicAddresses };
  const material = await createServerMaterial(own, names, clock.now());
  assert.equal(material.clientCas.length, 2);
  return new X509Certificate(material.cert);
}

test("the server certificate has every name that a client may verify", async () => {
  const certificate = await server(CLUSTER, ["auth.example.com", "192.0.2.10", "localhost", ""]);
  const hex = Buffer.from(CLUSTER).toString("hex");
  const hosts = [
    "teleport.cluster.local",
    `${hex}.teleport.cluster.local`,
    "auth.teleport.cluster.local",
    "anything.teleport.cluster.local",
    "localhost",
    "auth.example.com",
  ];
  for (const host of hosts) assert.equal(certificate.checkHost(host) !== undefined, true, host);
  for (const ip of ["127.0.0.1", "::1", "192.0.2.10"]) {
    assert.equal(certificate.checkIP(ip), ip);
  }
  assert.equal(certificate.checkHost("one.example"), undefined);
  assert.equal(certificate.checkHost("a.b.teleport.cluster.local"), undefined);
  const names = certificate.subjectAltName!.split(", ");
  assert.ok(names.includes("DNS:*.teleport.cluster.local"));
  assert.equal(new Set(names).size, names.length);
});

test("a cluster name too long for a DNS label is left out, not cut", async () => {
  const long = "a".repeat(40);
  const { subjectAltName } = await server(long, []);
  assert.doesNotMatch(subjectAltName!, new RegExp(Buffer.from(long).toString("hex").slice(0, 20)));
});
