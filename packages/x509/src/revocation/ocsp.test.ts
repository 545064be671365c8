import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { encodeExtension } from "../certificates/extension.ts";
import { element, octetString, sequence } from "../der/write-der.ts";
import {
  type Certificate,
  type CertificateTemplate,
  certificateLabel,
  createOcspResponder,
  encodePem,
  type GeneratedKeyAlgorithm,
  generateKey,
  isOcspIssuer,
  issueCertificate,
  issueOcspResponse,
  issuerFromCertificate,
  nameOid,
  type OcspResponseTemplate,
  type OcspStatus,
  ocspErrorResponse,
  ocspNoCheck,
  ocspSigningUsage,
  parseCertificate,
  parseOcspRequest,
  selfSignedCa,
  X509Error,
} from "../index.ts";
import { ocspOid } from "./ocsp-oid.ts";

const noOpenssl = spawnSync("openssl", ["version"]).error ? "openssl is not installed" : false;
const hour = 3_600_000;
// `openssl ocsp` takes no time to compare with other than that of the machine; no expectation below depends on it.
const now = Math.floor(Date.now() / 1000) * 1000;
const algorithms: readonly GeneratedKeyAlgorithm[] = ["ecdsa-p256", "ed25519", "rsa-2048"];
const folder = mkdtempSync(join(tmpdir(), "ocsp-"));
after(() => rmSync(folder, { recursive: true }));

interface Authority {
  readonly certificate: Certificate;
  readonly caPath: string;
  readonly direct: ReturnType<typeof createOcspResponder>;
  readonly delegated: ReturnType<typeof createOcspResponder>;
  readonly issue: (changes: Partial<CertificateTemplate>) => Promise<Buffer>;
}

async function makeAuthority(algorithm: GeneratedKeyAlgorithm): Promise<Authority> {
  const { privateKey } = await generateKey(algorithm);
  const validity = { notBeforeAt: now - hour, notAfterAt: now + 1000 * hour };
  const names = { commonName: algorithm, organization: "main" };
  const certificate = parseCertificate(await selfSignedCa({ ...names, key: privateKey, ...validity }));
  const holder = await generateKey(algorithm);
  const issue = (changes: Partial<CertificateTemplate>) =>
    issueCertificate({
      issuer: issuerFromCertificate(certificate, privateKey),
      subject: [[{ oid: nameOid.commonName, value: "x" }]],
      publicKey: holder.publicKey,
      ...{ ...validity, keyUsage: ["digitalSignature"] },
      ...changes,
    });
  const responder = await issue({ extKeyUsage: [ocspSigningUsage], extensions: [ocspNoCheck] });
  return {
    certificate,
    caPath: write(`${algorithm}.pem`, encodePem(certificateLabel, certificate.der)),
    direct: createOcspResponder(certificate, privateKey),
    delegated: createOcspResponder(parseCertificate(responder), holder.privateKey),
    issue,
  };
}

const authorities = new Map<GeneratedKeyAlgorithm, Authority>();
let p256: Authority;

before(async () => {
  for (const algorithm of algorithms) authorities.set(algorithm, await makeAuthority(algorithm));
  p256 = authorities.get("ecdsa-p256")!;
});

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** A request of openssl for certificates of the CA by their serial numbers. */
function ask(authority: Authority, serials: readonly bigint[], ...flags: string[]): Buffer {
  const path = join(folder, "request.der");
  const ids = serials.flatMap((serial) => ["-serial", `0x${serial.toString(16)}`]);
  execFileSync("openssl", ["ocsp", ...flags, "-issuer", authority.caPath, ...ids, "-reqout", path], {
    stdio: "pipe",
  });
  return readFileSync(path);
}

/** What openssl says of the response to the request. */
function opensslSays(authority: Authority, request: Uint8Array, response: Uint8Array, ...flags: string[]) {
  const paths = ["-reqin", write("reqin.der", request), "-respin", write("respin.der", response)];
  const result = spawnSync("openssl", ["ocsp", ...paths, "-CAfile", authority.caPath, ...flags], {
    encoding: "utf8",
  });
  return `${result.stdout}${result.stderr}`;
}

type Answer = Omit<OcspResponseTemplate, "responses">;

function answer(
  request: ReturnType<typeof parseOcspRequest>,
  template: Answer,
  statuses: readonly OcspStatus[],
) {
  const times = { thisUpdateAt: now - 60_000, nextUpdateAt: now + hour };
  const responses = request.certIds.map((certId, index) => ({ certId, status: statuses[index]!, ...times }));
  return issueOcspResponse({ ...template, responses, nonce: request.nonce });
}

for (const algorithm of algorithms) {
  for (const kind of ["direct", "delegated"] as const) {
    test(`openssl accepts answers of a ${algorithm} CA, ${kind}`, { skip: noOpenssl }, async () => {
      const authority = authorities.get(algorithm)!;
      const ids = [0x10n, 0x20n, 0x30n, 0x40n];
      for (const digest of ["-sha1", "-sha256"]) {
        const request = ask(authority, ids, digest);
        const parsed = parseOcspRequest(request);
        assert.deepEqual(
          parsed.certIds.map((id) => id.serialNumber),
          ids,
        );
        assert.ok(
          parsed.certIds.every(
            (id) => id.hash === digest.slice(1) && isOcspIssuer(id, authority.certificate),
          ),
        );
        const response = await answer(parsed, { responder: authority[kind], producedAt: now }, [
          { status: "good" },
          { status: "revoked", revokedAt: Date.UTC(2026, 0, 2), reason: "keyCompromise" },
          { status: "unknown" },
          { status: "revoked", revokedAt: Date.UTC(2026, 0, 3) },
        ]);
        const named = [
          "-no_nonce",
          digest,
          "-issuer",
          authority.caPath,
          ...ids.flatMap((id) => ["-serial", `${id}`]),
        ];
        const said = opensslSays(authority, request, response, ...named);
        assert.match(said, /Response verify OK/);
        assert.doesNotMatch(said, /nonce/i);
        assert.match(said, /^16: good$/m);
        assert.match(
          said,
          /^32: revoked\n.*\n.*\n\tReason: keyCompromise\n\tRevocation Time: Jan {2}2 00:00:00 2026 GMT$/m,
        );
        assert.match(said, /^48: unknown$/m);
        assert.match(said, /^64: revoked\n.*\n.*\n\tRevocation Time: Jan {2}3 00:00:00 2026 GMT$/m);
      }
    });
  }
}

test("the nonce of the request is in the answer, and openssl misses it where it is not", {
  skip: noOpenssl,
}, async () => {
  const request = ask(p256, [1n]);
  const parsed = parseOcspRequest(request);
  assert.equal(parsed.nonce?.length, 16);
  const respond = (nonce: Uint8Array | undefined) =>
    answer({ ...parsed, nonce }, { responder: p256.direct, producedAt: now }, [{ status: "good" }]);
  assert.doesNotMatch(opensslSays(p256, request, await respond(parsed.nonce)), /nonce/i);
  assert.match(opensslSays(p256, request, await respond(undefined)), /WARNING: no nonce in response/);
  assert.match(opensslSays(p256, request, await respond(Buffer.alloc(16))), /Nonce Verify error/);
  assert.equal(parseOcspRequest(ask(p256, [1n], "-no_nonce")).nonce, undefined);
});

test("a responder that the CA did not appoint is not believed", { skip: noOpenssl }, async () => {
  const request = ask(p256, [1n]);
  const stranger = authorities.get("ed25519")!;
  const response = await answer(
    parseOcspRequest(request),
    { responder: stranger.delegated, producedAt: now },
    [{ status: "good" }],
  );
  assert.match(opensslSays(p256, request, response), /Response Verify Failure/);
});

test("a responder needs the right certificate and its key", async () => {
  const { privateKey, publicKey } = await generateKey("ecdsa-p256");
  const client = parseCertificate(await p256.issue({ publicKey, extKeyUsage: ["clientAuth"] }));
  const plain = parseCertificate(await p256.issue({ publicKey }));
  const signing = parseCertificate(await p256.issue({ publicKey, extKeyUsage: [ocspSigningUsage] }));
  assert.throws(() => createOcspResponder(client, privateKey), { code: "MISMATCH" });
  assert.throws(() => createOcspResponder(plain, privateKey), { code: "MISMATCH" });
  assert.throws(() => createOcspResponder(signing, publicKey), { code: "MISMATCH" });
  assert.throws(() => createOcspResponder(p256.certificate, privateKey), { code: "MISMATCH" });
  assert.ok(createOcspResponder(signing, privateKey));
});

test("openssl shows an appointed responder with no-check", { skip: noOpenssl }, async () => {
  const request = parseOcspRequest(ask(p256, [1n]));
  const response = await answer(request, { responder: p256.delegated, producedAt: now }, [
    { status: "good" },
  ]);
  const text = execFileSync(
    "openssl",
    ["ocsp", "-respin", write("shown.der", response), "-noverify", "-resp_text"],
    {
      encoding: "utf8",
      stdio: "pipe",
    },
  );
  assert.match(text, /OCSP Signing/);
  assert.match(text, /OCSP No Check/);
});

const errors = [
  ["malformedRequest", /malformedrequest \(1\)/],
  ["internalError", /internalerror \(2\)/],
  ["tryLater", /trylater \(3\)/],
  ["sigRequired", /sigrequired \(5\)/],
  ["unauthorized", /unauthorized \(6\)/],
] as const;

test("openssl reads every error", { skip: noOpenssl }, () => {
  for (const [error, expected] of errors) {
    const path = write("error.der", ocspErrorResponse(error));
    const said = spawnSync("openssl", ["ocsp", "-respin", path, "-noverify"], { encoding: "utf8" });
    assert.match(`${said.stdout}${said.stderr}`, expected);
  }
});

test("a question for another CA, and one with hashes of another kind, match nothing", {
  skip: noOpenssl,
}, () => {
  const other = authorities.get("rsa-2048")!;
  const [id] = parseOcspRequest(ask(other, [1n])).certIds;
  assert.equal(isOcspIssuer(id!, p256.certificate), false);
  assert.equal(isOcspIssuer(id!, { ...other.certificate, spki: p256.certificate.spki }), false);
  assert.equal(isOcspIssuer(id!, { ...other.certificate, subjectDer: p256.certificate.subjectDer }), false);
  const [sha512] = parseOcspRequest(ask(p256, [1n], "-sha512")).certIds;
  assert.equal(sha512?.hash, "other");
  assert.equal(isOcspIssuer(sha512!, p256.certificate), false);
});

test("threat 38: too many questions, long nonces and unknown demands are refused", {
  skip: noOpenssl,
}, () => {
  const many = Array.from({ length: 65 }, (_, index) => BigInt(index + 1));
  assert.equal(parseOcspRequest(ask(p256, many.slice(1))).certIds.length, 64);
  assert.throws(() => parseOcspRequest(ask(p256, many)), { code: "TOO_LARGE" });
  assert.throws(() => parseOcspRequest(Buffer.alloc(17 * 1024)), { code: "TOO_LARGE" });
  const hex = (request: Uint8Array) => Buffer.from(request).toString("hex");
  // The nonce extension under an unknown name is harmless.
  const renamed = Buffer.from(
    hex(ask(p256, [1n])).replace("06092b0601050507300102", "06092b0601050507300109"),
    "hex",
  );
  assert.equal(parseOcspRequest(renamed).nonce, undefined);
  const wrong: readonly (readonly [string, string])[] = [
    ["3004300230003000", "MALFORMED"],
    ["300430023000", "MALFORMED"],
    ["3009 3007 a003020101 3000", "UNSUPPORTED"],
  ];
  for (const [text, code] of wrong) {
    assert.throws(() => parseOcspRequest(Buffer.from(text.replaceAll(" ", ""), "hex")), { code }, text);
  }
});

test("threat 38: a nonce has 1 to 128 octets", { skip: noOpenssl }, () => {
  const [id] = parseOcspRequest(ask(p256, [1n])).certIds;
  assert.ok(id);
  const nonceOf = (bytes: number) => {
    const nonce = { oid: ocspOid.nonce, critical: false, value: octetString(Buffer.alloc(bytes, 7)) };
    const extensions = element(0xa2, sequence(encodeExtension(nonce)));
    const request = sequence(sequence(sequence(sequence(Buffer.from(id.der))), extensions));
    return parseOcspRequest(request).nonce?.length;
  };
  assert.deepEqual([nonceOf(1), nonceOf(128)], [1, 128]);
  for (const bytes of [0, 129, 4096]) assert.throws(() => nonceOf(bytes), { code: "MALFORMED" });
});

test("threat 14: an unknown critical extension of a request, or of one of its questions, refuses it", {
  skip: noOpenssl,
}, () => {
  const [id] = parseOcspRequest(ask(p256, [1n])).certIds;
  const extensions = (tag: number, critical: boolean) =>
    element(tag, sequence(encodeExtension({ oid: "1.2.3.4", critical, value: Buffer.from("0500", "hex") })));
  for (const critical of [false, true]) {
    const ofRequest = sequence(sequence(sequence(sequence(id!.der)), extensions(0xa2, critical)));
    const ofQuestion = sequence(sequence(sequence(sequence(id!.der, extensions(0xa0, critical)))));
    for (const request of [ofRequest, ofQuestion]) {
      if (critical) assert.throws(() => parseOcspRequest(request), { code: "UNSUPPORTED" });
      else assert.equal(parseOcspRequest(request).certIds[0]?.serialNumber, 1n);
    }
  }
});

test("answers that must not be given are refused", async () => {
  const certId = { der: Buffer.from("3000", "hex"), hash: "sha1" as const, serialNumber: 1n } as never;
  const base = { responder: p256.direct, producedAt: now };
  const single = { certId, status: { status: "good" as const }, thisUpdateAt: now };
  const wrong: readonly OcspResponseTemplate[] = [
    { ...base, responses: [] },
    { ...base, producedAt: Number.NaN, responses: [single] },
    { ...base, responses: [{ ...single, nextUpdateAt: now }] },
    {
      ...base,
      responses: [{ ...single, status: { status: "revoked", revokedAt: now, reason: "removeFromCRL" } }],
    },
  ];
  for (const template of wrong) {
    await assert.rejects(issueOcspResponse(template), { name: "X509Error", code: "INVALID" });
  }
});

test("threat 38: hostile requests are refused with an error of this package and nothing else", {
  skip: noOpenssl,
}, () => {
  const whole = ask(p256, [1n, 2n], "-sha256");
  const survive = (bytes: Uint8Array) => {
    try {
      const { certIds, nonce } = parseOcspRequest(bytes);
      assert.ok(certIds.length > 0 && (nonce?.length ?? 1) > 0);
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
    { numRuns: 2000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), survive), { numRuns: 1000 });
});
