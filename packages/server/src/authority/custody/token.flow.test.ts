import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { isAppError } from "@sallyport/api";
import {
  DatabaseCertRequestSchema,
  GenerateAppTokenRequestSchema,
  SnowflakeJWTRequestSchema,
  UserCertsRequestSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { Certs } from "@sallyport/api/gen/teleport/legacy/client/proto/certs_pb";
import { PrivateKeyType } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { formatPublicKeyLine, fromKeyObject } from "@sallyport/ssh";
import { encodePem, issueCrl } from "@sallyport/x509";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { openSigner } from "../../signer/open-signer.ts";
import { makeTestSigner, type TestSigner } from "../../signer/testing/signer-service.ts";
import { makeSoftToken, needsSoftHsm, type SoftToken } from "../../signer/testing/soft-token.ts";
import { prefix } from "../../storage/index.ts";
import type { CaType } from "../ca-types.ts";
import { certsRpcs } from "../certs-rpc.ts";
import type { SignatureSuite } from "../signature-suite.ts";
import { callerNamed } from "../testing/issuing-world.ts";
import {
  csrByOpenssl,
  openServices,
  opensslVerify,
  type ServiceWorld,
  service as system,
  withFiles,
} from "../testing/service-world.ts";
import { createCustody } from "./key-custody.ts";

const HOUR_MS = 3_600_000;
const clock = new StoppedClock();
const csr = csrByOpenssl("/CN=db.example.com");

const ways: readonly (readonly [SignatureSuite, "a child" | "a service"])[] = [
  ["balanced-v1", "a child"],
  ["legacy", "a child"],
  ["balanced-v1", "a service"],
];

for (const [suite, way] of ways) {
  describe(`authorities in a token, ${suite}, with ${way} as signer`, needsSoftHsm, () => {
    let token: SoftToken | undefined;
    let service: TestSigner | undefined;
    let signer: Awaited<ReturnType<typeof openSigner>>;
    let world: ServiceWorld;

    before(async () => {
      const place = way === "a child" ? placeOfChild() : await placeOfService();
      signer = await openSigner({ place, clock: systemClock, logger: silentLogger });
      const custody = { custody: createCustody(signer), keysAreInToken: true };
      world = await openServices(clock, {}, suite, custody);
    });
    after(async () => {
      await signer?.close();
      token?.remove();
      await service?.remove();
    });

    function placeOfChild() {
      token = makeSoftToken();
      process.env.SOFTHSM2_CONF = token.configFile;
      return token.place;
    }
    async function placeOfService() {
      service = makeTestSigner();
      await service.start();
      return service.place;
    }

    const stored = async (type: CaType) => (await world.own.authorities.ensure(type)).Spec!;

    it("have a reference where the private key was, and no key anywhere in the storage", async () => {
      const { ActiveKeys: keys } = await stored("user");
      assert.equal(keys!.TLS[0]!.KeyType, PrivateKeyType.PKCS11);
      assert.equal(keys!.SSH[0]!.PrivateKeyType, PrivateKeyType.PKCS11);
      assert.match(Buffer.from(keys!.TLS[0]!.Key).toString(), /^pkcs11:\{"key_id":"[0-9a-f]{32}"\}$/);
      const { items } = await world.own.backend.list({ prefix: prefix("authorities"), limit: 100 });
      for (const { value } of items) assert.ok(!Buffer.from(value).includes("PRIVATE KEY"));
    });

    it("sign certificates of users for X.509 and SSH", async () => {
      const certs = await userCerts(world);
      assert.match(opensslVerify(certs.TLS, certs.TLSCACerts, "sslclient", clock.now()), /OK/);
      withFiles({ "a-cert.pub": Buffer.from(certs.SSH) }, ({ run }) =>
        assert.match(
          run("ssh-keygen", "-L", "-f", "a-cert.pub"),
          suite === "legacy" ? /Signing CA: RSA/ : /Signing CA: ECDSA/,
        ),
      );
    });

    it("sign certificates of databases with RSA, and tokens for Snowflake with the same key", async () => {
      const call = world.call(system("Admin"));
      const request = create(DatabaseCertRequestSchema, { CSR: csr, TTL: BigInt(HOUR_MS) * 1_000_000n });
      const client = (await world.rpcs.generateDatabaseCert.handle(request, call)) as { Cert: Uint8Array };
      const [ca] = (await stored("db_client")).ActiveKeys!.TLS;
      assert.match(opensslVerify(client.Cert, [ca!.Cert], "sslclient", clock.now()), /OK/);
      const ask = create(SnowflakeJWTRequestSchema, { AccountName: "acme", UserName: "svc" });
      const answer = await world.rpcs.generateSnowflakeJWT.handle(ask, world.call(system("Db")));
      assertToken((answer as { Token: string }).Token, createPublicKey(Buffer.from(ca!.Cert)));
    });

    it("sign tokens", async () => {
      const request = create(GenerateAppTokenRequestSchema, {
        Username: "alice",
        Roles: ["dev"],
        URI: "https://app.example.com",
        Expires: { seconds: BigInt(Math.floor((clock.now() + HOUR_MS) / 1000)) },
      });
      const answer = await world.rpcs.generateAppToken.handle(request, world.call(system("App")));
      const [pair] = (await stored("jwt")).ActiveKeys!.JWT;
      assertToken((answer as { Token: string }).Token, createPublicKey(Buffer.from(pair!.PublicKey)));
    });

    it("sign revocation lists of X.509 that openssl verifies", async () => {
      const { user } = world.own.keyring;
      const crl = await issueCrl({
        issuer: user.x509,
        thisUpdateAt: clock.now(),
        nextUpdateAt: clock.now() + HOUR_MS,
        number: 1n,
        revoked: [],
      });
      const files = {
        crl: Buffer.from(encodePem("X509 CRL", crl)),
        ca: Buffer.from(user.tlsCertificates[0]!),
      };
      withFiles(files, ({ run }) => run("openssl", "crl", "-in", "crl", "-CAfile", "ca", "-noout"));
    });

    it("go through a rotation to new keys in the token", async () => {
      const before = Buffer.from((await stored("user")).ActiveKeys!.TLS[0]!.Key).toString();
      for (const phase of ["init", "update_clients", "update_servers", "standby"]) {
        await world.rotate("user", phase);
        const certs = await userCerts(world);
        assert.match(opensslVerify(certs.TLS, certs.TLSCACerts, "sslclient", clock.now()), /OK/, phase);
      }
      assert.notEqual(Buffer.from((await stored("user")).ActiveKeys!.TLS[0]!.Key).toString(), before);
    });

    it("issue nothing by half while the signer is away, and go on when it is back", async () => {
      const recorded = async () =>
        (await world.own.backend.list({ prefix: prefix("audit", "certificates"), limit: 1000 })).items.length;
      const count = await recorded();
      if (service === undefined) process.kill(signer.pid() ?? 0, "SIGKILL");
      else await service.kill();
      const outcomes = await Promise.allSettled([userCerts(world), userCerts(world), userCerts(world)]);
      for (const one of outcomes) {
        assert.ok(one.status === "rejected" && isAppError(one.reason, "UNAVAILABLE"), JSON.stringify(one));
      }
      assert.equal(await recorded(), count);
      await service?.start();
      for (const end = performance.now() + 8000; ; ) {
        const back = await userCerts(world).catch(() => undefined);
        if (back !== undefined) break;
        assert.ok(performance.now() < end, "it did not come back");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.ok((await recorded()) > count);
    });
  });
}

async function userCerts(world: ServiceWorld): Promise<Certs> {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const request = create(UserCertsRequestSchema, {
    Username: "alice",
    SSHPublicKey: Buffer.from(formatPublicKeyLine(fromKeyObject(publicKey))),
    TLSPublicKey: Buffer.from(publicKey.export({ type: "spki", format: "pem" })),
  });
  const call = world.call(callerNamed("alice", ["dev"], clock.now()));
  return (await certsRpcs(world.deps).generateUserCerts.handle(request, call)) as Certs;
}

function assertToken(token: string, key: ReturnType<typeof createPublicKey>): void {
  const [header = "", claims = "", signature = ""] = token.split(".");
  const checked = { key, dsaEncoding: "ieee-p1363" } as const;
  assert.ok(
    verify("sha256", Buffer.from(`${header}.${claims}`), checked, Buffer.from(signature, "base64url")),
  );
}
