import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { encodeExtension } from "../certificates/extension.ts";
import { encodeTime } from "../der/time.ts";
import { bitString, sequence, unsignedInteger } from "../der/write-der.ts";
import {
  type CrlTemplate,
  certificateLabel,
  createIssuer,
  crlLabel,
  encodePem,
  encodePrivateKeyPem,
  type GeneratedKeyAlgorithm,
  generateKey,
  issueCertificate,
  issueCrl,
  issuerFromCertificate,
  nameOid,
  parseCertificate,
  parseCrl,
  type RevocationReason,
  type RevokedCertificate,
  revokedBy,
  selfSignedCa,
  trustedCa,
  verifyCrl,
  X509Error,
} from "../index.ts";

const noOpenssl = spawnSync("openssl", ["version"]).error ? "openssl is not installed" : false;
const now = Date.UTC(2026, 5, 1, 12);
const hour = 3_600_000;
const algorithms: readonly GeneratedKeyAlgorithm[] = ["ecdsa-p256", "ed25519", "rsa-2048"];
const folder = mkdtempSync(join(tmpdir(), "crl-"));
after(() => rmSync(folder, { recursive: true }));

async function makeCa(algorithm: GeneratedKeyAlgorithm) {
  const { privateKey } = await generateKey(algorithm);
  const validity = { notBeforeAt: now - hour, notAfterAt: now + 1000 * hour };
  const der = await selfSignedCa({ commonName: "main", organization: "main", key: privateKey, ...validity });
  const certificate = parseCertificate(der);
  return {
    privateKey,
    der,
    certificate,
    issuer: issuerFromCertificate(certificate, privateKey),
    ca: trustedCa(certificate),
  };
}

type Authority = Awaited<ReturnType<typeof makeCa>>;
const authorities = new Map<GeneratedKeyAlgorithm, Authority>();
let p256: Authority;

before(async () => {
  for (const algorithm of algorithms) authorities.set(algorithm, await makeCa(algorithm));
  p256 = authorities.get("ecdsa-p256")!;
});

function template(changes: Partial<CrlTemplate> = {}): CrlTemplate {
  return {
    ...{ issuer: p256.issuer, thisUpdateAt: now - hour, nextUpdateAt: now + hour, number: 7n, revoked: [] },
    ...changes,
  };
}

async function leaf(authority: Authority, serialNumber: bigint): Promise<Buffer> {
  return issueCertificate({
    issuer: authority.issuer,
    subject: [[{ oid: nameOid.commonName, value: "alice" }]],
    publicKey: (await generateKey("ecdsa-p256")).publicKey,
    ...{ notBeforeAt: now - hour, notAfterAt: now + hour, serialNumber },
    ...{ keyUsage: ["digitalSignature"], extKeyUsage: ["clientAuth"] },
  });
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const reasons: readonly (readonly [RevocationReason, string])[] = [
  ["keyCompromise", "Key Compromise"],
  ["cACompromise", "CA Compromise"],
  ["affiliationChanged", "Affiliation Changed"],
  ["superseded", "Superseded"],
  ["cessationOfOperation", "Cessation Of Operation"],
  ["certificateHold", "Certificate Hold"],
  ["privilegeWithdrawn", "Privilege Withdrawn"],
  ["aACompromise", "AA Compromise"],
];

for (const algorithm of algorithms) {
  test(`openssl reads the list of a ${algorithm} CA and refuses what it revokes`, {
    skip: noOpenssl,
  }, async () => {
    const authority = authorities.get(algorithm)!;
    const revoked = [{ serialNumber: 0xabcdefn, revokedAt: now - hour, reason: "keyCompromise" as const }];
    const der = await issueCrl(template({ issuer: authority.issuer, revoked }));
    const caPath = write("ca.pem", encodePem(certificateLabel, authority.der));
    const crlPath = write("list.pem", encodePem(crlLabel, der));
    const checked = spawnSync("openssl", ["crl", "-in", crlPath, "-CAfile", caPath, "-noout"], {
      encoding: "utf8",
    });
    assert.match(checked.stderr, /verify OK/);
    const verify = async (serialNumber: bigint) => {
      const path = write("leaf.pem", encodePem(certificateLabel, await leaf(authority, serialNumber)));
      const flags = [
        "-x509_strict",
        "-crl_check",
        "-attime",
        `${now / 1000}`,
        "-CAfile",
        caPath,
        "-CRLfile",
        crlPath,
        path,
      ];
      return spawnSync("openssl", ["verify", ...flags], { encoding: "utf8" });
    };
    assert.equal((await verify(0xabceefn)).status, 0);
    assert.match((await verify(0xabcdefn)).stderr, /certificate revoked/);
    assert.deepEqual(verifyCrl(parseCrl(der), { ca: authority.ca, now }), { ok: true });
  });
}

test("openssl shows number, times, serial numbers and every reason", { skip: noOpenssl }, async () => {
  const revoked: RevokedCertificate[] = reasons.map(([reason], index) => {
    return { serialNumber: 2n ** 158n + BigInt(index), revokedAt: Date.UTC(2026, 0, index + 1), reason };
  });
  revoked.push({ serialNumber: 1n, revokedAt: Date.UTC(2051, 0, 1) });
  revoked.push({ serialNumber: 2n, revokedAt: now, reason: "unspecified" });
  const der = await issueCrl(template({ revoked, number: 255n }));
  const text = execFileSync(
    "openssl",
    ["crl", "-inform", "DER", "-in", write("list.der", der), "-noout", "-text"],
    {
      encoding: "utf8",
    },
  );
  assert.match(text, /Version 2/);
  assert.match(text, /X509v3 CRL Number: \n\s+255/);
  assert.match(text, /Authority Key Identifier/);
  const shown = [...text.matchAll(/X509v3 CRL Reason Code: \n\s+(.*)\n/g)].map(([, name]) => name);
  assert.deepEqual(
    shown,
    reasons.map(([, name]) => name),
  );
  assert.match(text, /Serial Number: 01\n\s+Revocation Date: Jan {2}1 00:00:00 2051 GMT/);
  const read = parseCrl(encodePem(crlLabel, der));
  assert.deepEqual(
    [...read.revoked.values()],
    revoked.map((one) => ({ ...one, reason: one.reason === "unspecified" ? undefined : one.reason })),
  );
});

test("a list without entries leaves the entries out, as RFC 5280 demands", async () => {
  const read = parseCrl(await issueCrl(template()));
  assert.deepEqual([read.number, read.revoked.size, read.nextUpdateAt], [7n, 0, now + hour]);
  const text = spawnSync("openssl", ["crl", "-inform", "DER", "-noout", "-text"], {
    input: read.der,
    encoding: "utf8",
  });
  if (noOpenssl === false) assert.match(text.stdout, /No Revoked Certificates/);
});

test("the list of openssl's own CA is read", { skip: noOpenssl }, () => {
  write("index.txt", `R\t300101000000Z\t260101000000Z,superseded\t1F\tunknown\t/CN=x\n`);
  write("crlnumber", "2A\n");
  write("key.pem", encodePrivateKeyPem(p256.privateKey));
  write("authority.pem", encodePem(certificateLabel, p256.der));
  const config = write(
    "ca.cnf",
    `[ca]\ndefault_ca=c\n[c]\ndatabase=${folder}/index.txt\ncrlnumber=${folder}/crlnumber\ncertificate=${folder}/authority.pem\nprivate_key=${folder}/key.pem\ndefault_md=sha256\ndefault_crl_days=1\n`,
  );
  const out = join(folder, "openssl.crl");
  const times = ["-crl_lastupdate", "260601110000Z", "-crl_nextupdate", "260601150000Z"];
  execFileSync("openssl", ["ca", "-gencrl", ...times, "-config", config, "-out", out], { stdio: "pipe" });
  const read = parseCrl(readFileSync(out, "utf8"));
  assert.equal(read.number, 0x2an);
  assert.deepEqual(read.revoked.get(0x1fn), {
    serialNumber: 0x1fn,
    revokedAt: Date.UTC(2026, 0, 1),
    reason: "superseded",
  });
  assert.deepEqual(verifyCrl(read, { ca: p256.ca, now: now + 2 * hour }), { ok: true });
});

test("a list counts only when it is the CA's, current and understood", async () => {
  const other = authorities.get("ed25519")!;
  const twin = await generateKey("ecdsa-p256");
  const impostor = createIssuer({ name: p256.certificate.subject, key: twin.privateKey });
  const delta = { oid: "2.5.29.27", critical: true, value: Uint8Array.of(2, 1, 1) };
  const cases: readonly (readonly [
    Partial<CrlTemplate>,
    Partial<{ ca: Authority["ca"]; now: number }>,
    string,
  ])[] = [
    [{}, {}, "ok"],
    [{}, { now: now + hour }, "ok"],
    [{}, { now: now + hour + 1000 }, "expired"],
    [{}, { now: now - hour - 1 }, "not yet valid"],
    [{}, { ca: other.ca }, "wrong issuer"],
    [{ issuer: impostor }, {}, "bad signature"],
    [{ extensions: [delta] }, {}, "unknown critical extension"],
    [{ extensions: [{ ...delta, critical: false }] }, {}, "ok"],
  ];
  for (const [changes, situation, expected] of cases) {
    const crl = parseCrl(await issueCrl(template(changes)));
    const verdict = verifyCrl(crl, { ca: p256.ca, now, ...situation });
    assert.equal(verdict.ok ? "ok" : verdict.refusal, expected);
  }
  const crl = parseCrl(await issueCrl(template()));
  const withoutUse = { ...p256.ca, certificate: { ...p256.certificate, keyUsage: ["keyCertSign" as const] } };
  assert.deepEqual(verifyCrl(crl, { ca: withoutUse, now }), { ok: false, refusal: "not a CRL signer" });
  assert.deepEqual(verifyCrl({ ...crl, nextUpdateAt: undefined }, { ca: p256.ca, now }), {
    ok: false,
    refusal: "expired",
  });
  const strange = { ...crl, hasUnknownCriticalEntry: true };
  assert.deepEqual(verifyCrl(strange, { ca: p256.ca, now }), {
    ok: false,
    refusal: "unknown critical extension",
  });
});

test("a serial number revokes the certificates of its own CA only", async () => {
  const other = authorities.get("ed25519")!;
  const crl = parseCrl(await issueCrl(template({ revoked: [{ serialNumber: 5n, revokedAt: now }] })));
  assert.equal(revokedBy(crl, parseCertificate(await leaf(p256, 5n)))?.serialNumber, 5n);
  assert.equal(revokedBy(crl, parseCertificate(await leaf(p256, 6n))), undefined);
  assert.equal(revokedBy(crl, parseCertificate(await leaf(other, 5n))), undefined);
});

test("what must not be in a list is refused", async () => {
  const entry = { serialNumber: 5n, revokedAt: now };
  const wrong: readonly Partial<CrlTemplate>[] = [
    { revoked: [{ ...entry, serialNumber: 0n }] },
    { revoked: [{ ...entry, serialNumber: -1n }] },
    { revoked: [{ ...entry, serialNumber: 1n << 160n }] },
    { revoked: [entry, entry] },
    { revoked: [{ ...entry, reason: "removeFromCRL" }] },
    { revoked: [{ ...entry, revokedAt: Number.NaN }] },
    { number: -1n },
    { nextUpdateAt: now - hour },
    { nextUpdateAt: Number.NaN },
  ];
  for (const changes of wrong) {
    await assert.rejects(issueCrl(template(changes)), { name: "X509Error", code: "INVALID" });
  }
});

/** A list with these entries; nobody signed it. */
function unsigned(...entries: readonly Buffer[]): Buffer {
  const { nameDer, algorithm } = p256.issuer;
  const times = [encodeTime(now - hour), encodeTime(now + hour)];
  const tbs = sequence(unsignedInteger(1n), algorithm.identifier, nameDer, ...times, sequence(...entries));
  return sequence(tbs, algorithm.identifier, bitString(Buffer.alloc(70)));
}

function entry(serialNumber: bigint, oid: string, critical: boolean): Buffer {
  const extension = encodeExtension({ oid, critical, value: Buffer.from("0a0101", "hex") });
  return sequence(unsignedInteger(serialNumber), encodeTime(now), sequence(extension));
}

test("an entry with a critical extension is noticed, and a serial number that stands twice is refused", () => {
  const reason = "2.5.29.21";
  const strange = "2.5.29.29";
  assert.equal(parseCrl(unsigned(entry(1n, reason, true))).hasUnknownCriticalEntry, false);
  assert.equal(parseCrl(unsigned(entry(1n, strange, false))).hasUnknownCriticalEntry, false);
  assert.equal(
    parseCrl(unsigned(entry(1n, strange, true), entry(2n, reason, false))).hasUnknownCriticalEntry,
    true,
  );
  assert.throws(() => parseCrl(unsigned(entry(1n, reason, false), entry(1n, reason, false))), {
    code: "MALFORMED",
  });
});

test("100,000 entries are written and read", async () => {
  const revoked = Array.from({ length: 100_000 }, (_, index) => {
    return { serialNumber: (1n << 120n) + BigInt(index), revokedAt: now, reason: "keyCompromise" as const };
  });
  const read = parseCrl(await issueCrl(template({ revoked })));
  assert.equal(read.revoked.size, 100_000);
  assert.deepEqual(verifyCrl(read, { ca: p256.ca, now }), { ok: true });
});

test("threat 38: hostile octets are refused with an error of this package and nothing else", async () => {
  const revoked = [{ serialNumber: 5n, revokedAt: now, reason: "superseded" as const }];
  const whole = await issueCrl(template({ revoked }));
  const survive = (bytes: Uint8Array) => {
    try {
      const read = parseCrl(bytes);
      if (Buffer.compare(read.der, whole) !== 0)
        assert.equal(verifyCrl(read, { ca: p256.ca, now }).ok, false);
    } catch (error) {
      assert.ok(error instanceof X509Error, String(error));
    }
  };
  const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(changes, fc.nat(whole.length), (edits, length) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of edits) bytes[at] = value;
      survive(bytes);
      survive(bytes.subarray(0, length));
    }),
    { numRuns: 1500 },
  );
  assert.throws(() => parseCrl(Buffer.alloc(17 * 1024 * 1024)), { code: "TOO_LARGE" });
});
