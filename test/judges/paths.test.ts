import assert from "node:assert/strict";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { emptyIdentity, identityToSubject } from "@sallyport/api";
import { type Cluster, startCluster } from "@sallyport/testkit";
import {
  encodeName,
  encodePem,
  encodePrivateKeyPem,
  exportSpki,
  generateKey,
  parseCertificate,
  type TrustedCa,
  trustedCa,
  verifyIssuedBy,
  X509Error,
} from "@sallyport/x509";
import { sequence, unsignedInteger } from "../../packages/x509/src/der/write-der.ts";
import { newestSchema } from "../support/admin.ts";
import { WireClient } from "../support/wire-client.ts";
import {
  buildCertificate,
  type CertificateParts,
  ecdsaSha256,
  extension,
  hex,
  oidOf,
  utcTime,
} from "./certificate-parts.ts";
import { goodExtensions, pathCases } from "./path-cases.ts";

const HOUR_MS = 3_600_000;

describe("paths: a certificate at the real door, and in the eyes of the package", { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let ca: TrustedCa;
  let good: CertificateParts;
  let key: KeyObject;

  before(async () => {
    cluster = await startCluster();
    await cluster.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["ubuntu"] } } });
    await cluster.addUser("alice", ["dev"]);
    key = (await generateKey("ecdsa-p256")).privateKey;
    good = await goodParts();
  });
  after(() => cluster.stop());

  async function goodParts(): Promise<CertificateParts> {
    const wish = { type: "user", domain: cluster.name, includeKey: true };
    const [pair] = (await cluster.admin().trust.getCertAuthority(wish)).Spec?.ActiveKeys?.TLS ?? [];
    ca = trustedCa(parseCertificate(Buffer.from(pair?.Cert ?? "").toString()));
    const identity = { ...emptyIdentity("alice"), roles: ["dev"], teleportCluster: cluster.name };
    const keyId = Buffer.concat([hex("8014"), ca.certificate.subjectKeyId ?? hex("")]);
    const now = Date.now();
    return {
      version: hex("a003020102"),
      serial: unsignedInteger(0x1234567890abcdefn),
      innerAlgorithm: ecdsaSha256,
      issuer: Buffer.from(ca.certificate.subjectDer),
      notBefore: utcTime(now - HOUR_MS),
      notAfter: utcTime(now + HOUR_MS),
      subject: encodeName(identityToSubject(identity)),
      spki: exportSpki(key),
      extensions: [...goodExtensions, extension(oidOf.authorityKeyId, sequence(keyId))],
      afterExtensions: Buffer.of(),
      outerAlgorithm: ecdsaSha256,
      signature: (made) => made,
      signer: createPrivateKey(Buffer.from(pair?.Key ?? "").toString()),
      whole: (made) => made,
    };
  }

  /** undefined where it is accepted. */
  function judged(der: Buffer): string | undefined {
    try {
      const options = { cas: [ca], now: Date.now(), usage: "clientAuth" } as const;
      const verdict = verifyIssuedBy(parseCertificate(der), options);
      return verdict.ok ? undefined : verdict.refusal;
    } catch (error) {
      assert.ok(error instanceof X509Error, String(error));
      return "cannot be read";
    }
  }

  /** A call over a connection with these certificates: whether it was let in, or the client would not send them. */
  async function atTheDoor(...chain: readonly Buffer[]): Promise<"in" | "refused" | "not sent"> {
    const crt = Buffer.from(chain.map((der) => encodePem("CERTIFICATE", der)).join(""));
    const cas = Buffer.from(cluster.server.rooms.keyring.host.tlsCertificates.join(""));
    const credentials = { crt, key: Buffer.from(encodePrivateKeyPem(key)), cas };
    const options = { schema: newestSchema, address: cluster.address, serverName: "teleport.cluster.local" };
    let client: WireClient;
    try {
      client = new WireClient({ ...options, credentials });
    } catch {
      return "not sent";
    }
    try {
      await client.call("/proto.AuthService/GetCurrentUser");
      return "in";
    } catch {
      return "refused";
    } finally {
      client.close();
    }
  }

  for (const { name, change, refused, sender } of pathCases) {
    it(`${name}: ${refused ?? "accepted"}`, async () => {
      const der = buildCertificate({ ...good, ...change(good) });
      assert.equal(judged(der), refused);
      if (sender === "sends nothing") assert.equal(await atTheDoor(der), "not sent");
      else
        assert.equal(await atTheDoor(der), refused === undefined || sender === "mends it" ? "in" : "refused");
    });
  }

  it("threat 1: whoever a person or a subordinate authority vouches for is refused, with the chain or without", async () => {
    const { privateKey } = await generateKey("ecdsa-p256");
    const between = encodeName([[{ oid: "2.5.4.3", value: "between" }]]);
    const isCa = extension(oidOf.basicConstraints, hex("30030101ff"), true);
    for (const extensions of [good.extensions, [isCa, extension(oidOf.keyUsage, hex("03020106"), true)]]) {
      const issuer = buildCertificate({
        ...good,
        subject: between,
        spki: exportSpki(privateKey),
        extensions,
      });
      const leaf = buildCertificate({
        ...good,
        issuer: between,
        signer: privateKey,
        extensions: goodExtensions,
      });
      assert.equal(judged(leaf), "unknown issuer");
      assert.equal(await atTheDoor(leaf, issuer), "refused");
      assert.equal(await atTheDoor(leaf), "refused");
    }
  });

  it("threat 1: the certificate of an authority itself is nobody", async () => {
    assert.equal(judged(Buffer.from(ca.certificate.der)), "is a CA");
  });

  it("nothing in front of a good certificate is passed over", async () => {
    const der = buildCertificate(good);
    const expired = buildCertificate({ ...good, notAfter: utcTime(Date.now() - HOUR_MS) });
    assert.equal(await atTheDoor(der, expired), "in");
    assert.equal(await atTheDoor(expired, der), "refused");
  });
});
