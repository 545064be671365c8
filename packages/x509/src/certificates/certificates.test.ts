import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import fc from "fast-check";
import { bitString, sequence } from "../der/write-der.ts";
import {
  type Certificate,
  type CertificateIssuer,
  type CertificateTemplate,
  createCertificateRequest,
  encodePem,
  endEntityKeyUsage,
  exportSpki,
  type GeneratedKeyAlgorithm,
  generateKey,
  issueCertificate,
  issuerFromCertificate,
  type KeyPair,
  type Name,
  nameOid,
  parseCertificate,
  parseCertificateRequest,
  selfSignedCa,
  trustedCa,
  verifyIssuedBy,
  verifySignature,
  X509Error,
} from "../index.ts";
import { decodeSubjectAltNames, encodeSubjectAltNames } from "./subject-alt-names.ts";

const algorithms: readonly GeneratedKeyAlgorithm[] = ["ecdsa-p256", "ed25519", "rsa-2048"];
const now = Date.UTC(2026, 5, 1, 12);
const hour = 3_600_000;
const noOpenssl = spawnSync("openssl", ["version"]).error ? "openssl is not installed" : false;

const subject: Name = [
  [
    { oid: nameOid.organization, value: "access" },
    { oid: nameOid.organization, value: "editor" },
  ],
  [{ oid: nameOid.streetAddress, value: "" }],
  [{ oid: nameOid.postalCode, value: '{"logins":["root","böb"]}' }],
  [{ oid: nameOid.commonName, value: "alice@example.com" }],
  [{ oid: "1.3.9999.1.7", value: "main" }],
];
const sans = {
  dns: ["a.example.com", "*.teleport.cluster.local"],
  ip: ["127.0.0.1", "2001:db8::1"],
  uri: ["spiffe://c/a"],
};

interface Authority {
  readonly keys: KeyPair;
  readonly der: Buffer;
  readonly certificate: Certificate;
  readonly issuer: CertificateIssuer;
}

async function makeAuthority(algorithm: GeneratedKeyAlgorithm): Promise<Authority> {
  const keys = await generateKey(algorithm);
  const validity = { notBeforeAt: now - hour, notAfterAt: now + 24 * 365 * 10 * hour };
  const der = await selfSignedCa({
    commonName: "main",
    organization: "main",
    key: keys.privateKey,
    ...validity,
  });
  const certificate = parseCertificate(der);
  return { keys, der, certificate, issuer: issuerFromCertificate(certificate, keys.privateKey) };
}

const authorities = new Map<GeneratedKeyAlgorithm, Authority>();
let holder: KeyPair;

before(async () => {
  for (const algorithm of algorithms) authorities.set(algorithm, await makeAuthority(algorithm));
  holder = await generateKey("ecdsa-p256");
});

function authority(algorithm: GeneratedKeyAlgorithm = "ecdsa-p256"): Authority {
  return authorities.get(algorithm)!;
}

function template(changes: Partial<CertificateTemplate> = {}): CertificateTemplate {
  return {
    issuer: authority().issuer,
    subject,
    publicKey: exportSpki(holder.publicKey),
    notBeforeAt: now - 60_000,
    notAfterAt: now + hour,
    keyUsage: ["digitalSignature"],
    extKeyUsage: ["serverAuth", "clientAuth"],
    ...changes,
  };
}

for (const algorithm of algorithms) {
  test(`a certificate of a ${algorithm} CA says what was asked, to us and to node:crypto`, async () => {
    const ca = authority(algorithm);
    const der = await issueCertificate(template({ issuer: ca.issuer, sans, serialNumber: 0xff01n }));
    const read = parseCertificate(der);
    assert.deepEqual(
      read.subject
        .flat()
        .map(({ value }) => value)
        .sort(),
      subject
        .flat()
        .map(({ value }) => value)
        .sort(),
    );
    assert.deepEqual(read.sans, sans);
    assert.deepEqual([read.notBeforeAt, read.notAfterAt], [now - 60_000, now + hour]);
    assert.deepEqual([read.keyUsage, read.extKeyUsage], [["digitalSignature"], ["serverAuth", "clientAuth"]]);
    assert.deepEqual([read.isCa, read.serialNumber], [false, 0xff01n]);
    assert.deepEqual(Buffer.from(read.spki), exportSpki(holder.publicKey));
    assert.ok(verifySignature(read, ca.keys.publicKey));
    const oracle = new X509Certificate(der);
    assert.ok(oracle.verify(ca.keys.publicKey) && oracle.checkIssued(new X509Certificate(ca.der)));
    assert.equal(oracle.checkHost("a.example.com"), "a.example.com");
    assert.equal(oracle.checkIP("2001:db8::1"), "2001:db8::1");
    assert.deepEqual([oracle.serialNumber, oracle.ca], ["FF01", false]);
  });

  test(`openssl verifies a certificate of a ${algorithm} CA`, { skip: noOpenssl }, async () => {
    const ca = authority(algorithm);
    const directory = mkdtempSync(join(tmpdir(), "x509-"));
    try {
      const file = (name: string, der: Buffer) => {
        const path = join(directory, name);
        writeFileSync(path, encodePem("CERTIFICATE", der));
        return path;
      };
      const leaf = file("leaf.pem", await issueCertificate(template({ issuer: ca.issuer, sans })));
      const at = ["-attime", String(now / 1000)];
      const verified = execFileSync("openssl", [
        "verify",
        "-x509_strict",
        ...at,
        "-CAfile",
        file("ca.pem", ca.der),
        leaf,
      ]);
      assert.match(verified.toString(), /: OK/);
      const options = ["-noout", "-subject", "-nameopt", "RFC2253,-esc_msb,utf8,-dn_rev,sep_comma_plus"];
      const shown = execFileSync("openssl", ["x509", "-in", leaf, ...options]).toString();
      assert.match(
        shown,
        /O=access\+O=editor,street=,postalCode=\{\\"logins\\":\[\\"root\\"\\,\\"böb\\"\]\},CN=alice@example.com/,
      );
      assert.match(shown, /1\.3\.9999\.1\.7=/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

test("a CA names its cluster, is a CA and may sign certificates and lists", () => {
  for (const algorithm of algorithms) {
    const { certificate, keys } = authority(algorithm);
    const serial = certificate.subject[2]?.[0];
    assert.deepEqual(
      certificate.subject
        .slice(0, 2)
        .flat()
        .map(({ value }) => value),
      ["main", "main"],
    );
    assert.ok(serial?.oid === nameOid.serialNumber && /^\d+$/.test(serial.value));
    const extra = algorithm === "rsa-2048" ? ["keyEncipherment"] : [];
    assert.deepEqual(
      [...certificate.keyUsage!].sort(),
      ["digitalSignature", "keyCertSign", "cRLSign", ...extra].sort(),
    );
    assert.ok(certificate.isCa && verifySignature(certificate, keys.publicKey));
  }
});

const asker = (changes: Partial<Parameters<typeof verifyIssuedBy>[1]> = {}) => ({
  cas: [trustedCa(authority().certificate)],
  now,
  usage: "clientAuth" as const,
  ...changes,
});

test("a peer's certificate is judged by issuer, signature, time and usage", async () => {
  const judge = async (changes: Partial<CertificateTemplate>, options = asker()) => {
    const verdict = verifyIssuedBy(parseCertificate(await issueCertificate(template(changes))), options);
    return verdict.ok ? "ok" : verdict.refusal;
  };
  const stranger = await makeAuthority("ecdsa-p256");
  const impostor = { ...authority().issuer, key: stranger.keys.privateKey };
  const odd = { oid: "1.2.3", critical: true, value: Buffer.from([5, 0]) };
  assert.equal(await judge({}), "ok");
  assert.equal(await judge({ issuer: stranger.issuer }), "unknown issuer");
  assert.equal(await judge({ issuer: impostor }), "bad signature");
  assert.equal(await judge({}, asker({ now: now - 60_001 })), "not yet valid");
  assert.equal(await judge({}, asker({ now: now + hour + 999 })), "ok");
  assert.equal(await judge({}, asker({ now: now + hour + 1000 })), "expired");
  assert.equal(await judge({ extKeyUsage: ["serverAuth"] }), "wrong usage");
  assert.equal(await judge({ extKeyUsage: [] }), "wrong usage");
  assert.equal(await judge({ extensions: [odd] }), "unknown critical extension");
  assert.equal(await judge({ extensions: [{ ...odd, critical: false }] }), "ok");
});

test("threat 1: a leaf certificate never counts as a CA, and a CA certificate is no one's identity", async () => {
  const leaf = parseCertificate(await issueCertificate(template()));
  assert.throws(() => trustedCa(leaf), { code: "MISMATCH" });
  assert.throws(() => issuerFromCertificate(leaf, holder.privateKey), { code: "MISMATCH" });
  const noCertSign = parseCertificate(await issueCertificate(template({ isCa: true })));
  assert.throws(() => trustedCa(noCertSign), { code: "MISMATCH" });
  assert.deepEqual(verifyIssuedBy(noCertSign, asker()), { ok: false, refusal: "is a CA" });
});

test("what an end entity does with its key: only an RSA key also takes an enciphered one", async () => {
  for (const algorithm of algorithms) {
    const { publicKey } = await generateKey(algorithm);
    const expected =
      algorithm === "rsa-2048" ? ["digitalSignature", "keyEncipherment"] : ["digitalSignature"];
    assert.deepEqual(endEntityKeyUsage(exportSpki(publicKey)), expected, algorithm);
  }
});

test("templates that must not be signed are refused", async () => {
  const wrong: readonly Partial<CertificateTemplate>[] = [
    { notAfterAt: now - hour },
    { notAfterAt: Number.NaN },
    { serialNumber: 0n },
    { serialNumber: 1n << 160n },
    { keyUsage: [] },
    { sans: { dns: ["a b"] } },
    { sans: { dns: [""] } },
    { sans: { dns: ["a\0.example.com"] } },
    { sans: { ip: ["1.2.3"] } },
    { sans: { ip: ["fe80::1%eth0"] } },
    { sans: { uri: ["no-scheme"] } },
    { sans: { uri: [`spiffe://c/${"a".repeat(2038)}`] } },
    { publicKey: Buffer.from("3000", "hex") },
    { subject: [[{ oid: nameOid.commonName, value: "a\nb" }]] },
  ];
  for (const changes of wrong) await assert.rejects(issueCertificate(template(changes)), X509Error);
  const other = await generateKey("ecdsa-p256");
  assert.throws(() => issuerFromCertificate(authority().certificate, other.privateKey), { code: "MISMATCH" });
});

test("serial numbers are random, positive and at most 17 octets", async () => {
  const serials = await Promise.all(Array.from({ length: 50 }, () => issueCertificate(template())));
  const numbers = serials.map((der) => parseCertificate(der).serialNumber);
  assert.equal(new Set(numbers).size, 50);
  assert.ok(numbers.every((number) => number > 0n && number < 1n << 128n));
});

test("a signature of a key that is too weak counts for nothing, though it verifies", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const read = parseCertificate(await issueCertificate(template({ issuer: authority("rsa-2048").issuer })));
  const { identifier } = read.signatureAlgorithm;
  const weak = sequence(read.tbs, identifier, bitString(sign("sha256", read.tbs, privateKey)));
  assert.throws(() => verifySignature(parseCertificate(weak), publicKey), { code: "WEAK_KEY" });
});

test("octets behind the alternative names of a subject are refused", () => {
  const names = encodeSubjectAltNames({ dns: ["a.example"] }) ?? assert.fail();
  assert.deepEqual(decodeSubjectAltNames(names).dns, ["a.example"]);
  const further = encodeSubjectAltNames({ dns: ["b.example"] }) ?? assert.fail();
  assert.throws(() => decodeSubjectAltNames(Buffer.concat([names, further])), { code: "MALFORMED" });
});

test("mutated certificates are refused or no longer verify, never worse", async () => {
  const der = await issueCertificate(template({ sans }));
  const { publicKey } = authority().keys;
  const mutations = fc.array(fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(mutations, fc.nat(der.length), (changes, length) => {
      const bytes = Buffer.from(der);
      for (const [at, flip] of changes) bytes[at] = (bytes[at] ?? 0) ^ flip;
      for (const input of [bytes, bytes.subarray(0, length)]) {
        try {
          const verified = verifySignature(parseCertificate(input), publicKey);
          assert.ok(!verified || input.equals(der));
        } catch (error) {
          assert.ok(error instanceof X509Error, String(error));
        }
      }
    }),
    { numRuns: 1500 },
  );
});

test("a certificate request proves its key and carries names", { skip: noOpenssl }, async () => {
  for (const algorithm of algorithms) {
    const { privateKey, publicKey } = authority(algorithm).keys;
    const der = await createCertificateRequest({ subject, key: privateKey, sans });
    const request = parseCertificateRequest(der);
    assert.ok(request.publicKey.equals(publicKey));
    assert.deepEqual(request.sans, sans);
    const input = encodePem("CERTIFICATE REQUEST", der);
    const { stderr } = spawnSync("openssl", ["req", "-verify", "-noout"], { input });
    assert.match(stderr.toString(), /verify OK/);
    const forged = Buffer.from(der);
    forged[forged.indexOf("alice")] = 0x62;
    assert.throws(() => parseCertificateRequest(forged), { code: "MISMATCH" });
  }
});

test("certificates that openssl makes are read", { skip: noOpenssl }, () => {
  const args =
    "req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -days 3 -subj /C=DE/O=a/OU=b/CN=c -addext subjectAltName=DNS:x.y";
  const read = parseCertificate(
    execFileSync("openssl", args.split(" "), { stdio: ["ignore", "pipe", "ignore"] }).toString(),
  );
  assert.deepEqual(
    read.subject.flat().map(({ value }) => value),
    ["DE", "a", "b", "c"],
  );
  assert.deepEqual([read.sans.dns, read.isCa, read.signatureAlgorithm.name], [["x.y"], true, "rsa-sha256"]);
});
