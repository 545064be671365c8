import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { before, describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import {
  DatabaseCertRequestSchema,
  GenerateAppTokenRequestSchema,
  DatabaseCertRequest_Requester as Requester,
  UserCertsRequestSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { Certs } from "@sallyport/api/gen/teleport/legacy/client/proto/certs_pb";
import { formatPublicKeyLine, fromKeyObject } from "@sallyport/ssh";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { newRevision } from "../kernel/ids.ts";
import { silentLogger } from "../kernel/logger.ts";
import { key, type Revision } from "../storage/index.ts";
import type { CaType } from "./ca-types.ts";
import { certsRpcs } from "./certs-rpc.ts";
import { tellOldSuites } from "./old-suite.ts";
import { createServerMaterial } from "./server-material.ts";
import type { SignatureSuite } from "./signature-suite.ts";
import { callerNamed } from "./testing/issuing-world.ts";
import {
  csrByOpenssl,
  openServices,
  opensslVerify,
  type ServiceWorld,
  service,
  withFiles,
} from "./testing/service-world.ts";
import { createVerifyPeer } from "./verify-peer.ts";

const HOUR_MS = 3_600_000;
const clock = new StoppedClock();
const holder = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
const csr = csrByOpenssl("/CN=db.example.com");

/** What openssl and ssh-keygen say of the signatures, and what a token says of its own. */
const words: Readonly<Record<SignatureSuite, { tls: RegExp; ssh: RegExp; token: string; key: string }>> = {
  legacy: {
    tls: /sha256WithRSAEncryption/,
    ssh: /Signing CA: RSA .*rsa-sha2-512/,
    token: "RS256",
    key: "rsa",
  },
  "balanced-v1": {
    tls: /ecdsa-with-SHA256/,
    ssh: /Signing CA: ED25519 .*ssh-ed25519/,
    token: "ES256",
    key: "ec",
  },
  "fips-v1": {
    tls: /ecdsa-with-SHA256/,
    ssh: /Signing CA: ECDSA .*ecdsa-sha2-nistp256/,
    token: "ES256",
    key: "ec",
  },
  "hsm-v1": {
    tls: /ecdsa-with-SHA256/,
    ssh: /Signing CA: ECDSA .*ecdsa-sha2-nistp256/,
    token: "ES256",
    key: "ec",
  },
};

async function userCerts(world: ServiceWorld): Promise<Certs> {
  const request = create(UserCertsRequestSchema, {
    Username: "alice",
    SSHPublicKey: Buffer.from(formatPublicKeyLine(fromKeyObject(holder))),
    TLSPublicKey: Buffer.from(holder.export({ type: "spki", format: "pem" })),
  });
  const call = world.call(callerNamed("alice", ["dev"], clock.now()));
  return (await certsRpcs(world.deps).generateUserCerts.handle(request, call)) as Certs;
}

async function appToken(world: ServiceWorld): Promise<string> {
  const request = create(GenerateAppTokenRequestSchema, {
    Username: "alice",
    Roles: ["dev"],
    URI: "https://app.example.com",
    Expires: { seconds: BigInt(Math.floor((clock.now() + HOUR_MS) / 1000)) },
  });
  const answer = await world.rpcs.generateAppToken.handle(request, world.call(service("App")));
  return (answer as { Token: string }).Token;
}

const tokenKey = async ({ own }: ServiceWorld): Promise<KeyObject> => {
  const [pair] = (await own.authorities.ensure("jwt")).Spec?.ActiveKeys?.JWT ?? [];
  return createPublicKey(Buffer.from(pair?.PublicKey ?? []));
};

for (const suite of Object.keys(words) as SignatureSuite[]) {
  describe(`the suite ${suite}`, () => {
    const expected = words[suite];
    let world: ServiceWorld;
    before(async () => {
      world = await openServices(clock, {}, suite);
    });

    it("signs certificates of users that openssl verifies and ssh-keygen reads", async () => {
      const certs = await userCerts(world);
      assert.match(opensslVerify(certs.TLS, certs.TLSCACerts, "sslclient", clock.now()), /OK/);
      withFiles({ "a.crt": Buffer.from(certs.TLS), "a-cert.pub": Buffer.from(certs.SSH) }, ({ run }) => {
        assert.match(run("openssl", "x509", "-in", "a.crt", "-noout", "-text"), expected.tls);
        assert.match(run("ssh-keygen", "-L", "-f", "a-cert.pub"), expected.ssh);
      });
    });

    it("signs certificates of databases with RSA, as databases want it", async () => {
      const request = create(DatabaseCertRequestSchema, {
        CSR: csr,
        TTL: BigInt(HOUR_MS) * 1_000_000n,
        RequesterName: Requester.TCTL,
        ServerNames: ["db.example.com"],
      });
      const call = world.call(service("Admin"));
      const { Cert } = (await world.rpcs.generateDatabaseCert.handle(request, call)) as { Cert: Uint8Array };
      const { tlsCertificates } = await cas(world, "db");
      assert.match(opensslVerify(Cert, tlsCertificates, "sslserver", clock.now()), /OK/);
      withFiles({ crt: Buffer.from(Cert) }, ({ run }) =>
        assert.match(run("openssl", "x509", "-in", "crt", "-noout", "-text"), words.legacy.tls),
      );
    });

    it("signs tokens that their public key verifies", async () => {
      const [header = "", claims = "", signature = ""] = (await appToken(world)).split(".");
      assert.equal(JSON.parse(Buffer.from(header, "base64url").toString()).alg, expected.token);
      const key = { key: await tokenKey(world), dsaEncoding: "ieee-p1363" } as const;
      const bytes = Buffer.from(`${header}.${claims}`);
      assert.ok(verify("sha256", bytes, key, Buffer.from(signature, "base64url")));
    });

    it("gives the service a key of the kind that its authority has", async () => {
      const names = { clusterName: world.deps.clusterName, hostId: "h", publicAddresses: [] };
      const { cert } = await createServerMaterial(world.own, names, clock.now());
      assert.equal(createPublicKey(cert).asymmetricKeyType, expected.key);
      const cas = world.own.keyring.host.tlsCertificates.map((pem) => Buffer.from(pem));
      assert.match(opensslVerify(Buffer.from(cert), cas, "sslserver", clock.now()), /OK/);
    });
  });
}

async function cas({ own }: ServiceWorld, type: CaType) {
  const { ActiveKeys: active } = (await own.authorities.ensure(type)).Spec ?? {};
  return { tlsCertificates: (active?.TLS ?? []).map(({ Cert }) => Cert) };
}

describe("another suite", () => {
  it("counts from the next rotation on, and both kinds of keys are accepted on the way", async () => {
    const world = await openServices(clock, {}, "legacy");
    const { own } = world;
    const verifyPeer = createVerifyPeer(own.keyring, clock, world.deps.clusterName);
    const info = { serverName: undefined, remoteAddress: "", remoteIp: "", remotePort: 1 };
    const isAccepted = async (der: Buffer) => (await verifyPeer([der], info)).ok;
    const kinds = () => [own.keyring.user.x509.algorithm.name, own.keyring.user.ssh.publicKey.type];
    const issued: Buffer[] = [];
    const seen: Record<string, string[]> = {};
    own.wanted.suite = "balanced-v1";
    for (const phase of ["standby", "init", "update_clients", "update_servers"]) {
      if (phase !== "standby") await world.rotate("user", phase);
      issued.push(await own.issue("user", { roles: ["dev"] }));
      seen[phase] = kinds();
      for (const der of issued) assert.ok(await isAccepted(der), phase);
    }
    await world.rotate("user", "standby");
    assert.deepEqual(seen, {
      standby: ["rsa-sha256", "ssh-rsa"],
      init: ["rsa-sha256", "ssh-rsa"],
      update_clients: ["ecdsa-sha256", "ssh-ed25519"],
      update_servers: ["ecdsa-sha256", "ssh-ed25519"],
    });
    const [old, , , fresh] = issued;
    assert.deepEqual([await isAccepted(old!), await isAccepted(fresh!)], [false, true]);
  });

  it("is told with the authorities that still have other keys, when it is chosen and at the next start", async () => {
    const { own, deps } = await openServices(clock, {}, "balanced-v1");
    await own.authorities.ensure("db");
    const told: unknown[] = [];
    const logger = { ...silentLogger, info: (_: string, fields?: object) => void told.push(fields) };
    const telling = await tellOldSuites({ ...own, clusterName: deps.clusterName, logger });
    const choose = async (suite: SignatureSuite) => {
      own.wanted.suite = suite;
      const at = key("cluster_configuration", "cluster_auth_preference", "current");
      const change = { op: "put", key: at, value: Buffer.from(suite), condition: { is: "any" } } as const;
      await own.backend.commit([{ ...change, revision: newRevision<Revision>() }]);
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    for (const suite of ["hsm-v1", "balanced-v1", "legacy"] as const) await choose(suite);
    telling.close();
    assert.deepEqual(told, [
      { suite: "hsm-v1", types: "host, user" },
      { suite: "legacy", types: "host, user" },
    ]);
    (await tellOldSuites({ ...own, clusterName: deps.clusterName, logger })).close();
    assert.equal(told.length, 3);
  });

  it("leaves authorities alone that are there, and makes the next one", async () => {
    const world = await openServices(clock, {}, "legacy");
    world.own.wanted.suite = "hsm-v1";
    assert.equal(world.own.keyring.user.x509.algorithm.name, "rsa-sha256");
    assert.equal((await tokenKey(world)).asymmetricKeyType, "ec");
  });
});
