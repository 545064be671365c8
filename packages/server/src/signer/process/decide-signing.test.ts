import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createIssuer,
  exportSpki,
  generateKey,
  issueCertificate,
  issueCrl,
  nameOid,
  parseCertificate,
  selfSignedCa,
} from "@sallyport/x509";
import { decideSigning } from "./decide-signing.ts";

const string = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
const { privateKey, publicKey } = await generateKey("ecdsa-p256");
const other = (await generateKey("ecdsa-p256")).publicKey;
const own = exportSpki(publicKey);
const issuer = createIssuer({ name: [[{ oid: nameOid.commonName, value: "ca" }]], key: privateKey });
const at = { notBeforeAt: 1_000, notAfterAt: 2_000 };
const leaf = { issuer, subject: [], publicKey: other, keyUsage: ["digitalSignature"], ...at } as const;
const root = { commonName: "ca", organization: "ca", key: privateKey, ...at };
const list = { issuer, thisUpdateAt: 1_000, nextUpdateAt: 2_000, number: 1n };
const manySerials = Array.from({ length: 20_000 }, (_, index) => ({
  serialNumber: BigInt(index + 1),
  revokedAt: 1_000,
}));
/** What was signed: the first of the three parts. */
const tbsOf = (signed: Uint8Array) => parseCertificate(signed).tbs;
const tbsListOf = (der: Buffer) => {
  const header = 2 + ((der[1] ?? 0) & 0x7f) * ((der[1] ?? 0) >= 0x80 ? 1 : 0);
  const rest = der.subarray(header);
  const long = (rest[1] ?? 0) >= 0x80 ? (rest[1] ?? 0) & 0x7f : 0;
  const length = long === 0 ? (rest[1] ?? 0) : rest.readUIntBE(2, long);
  return rest.subarray(0, 2 + long + length);
};

const shapes = {
  leaf: tbsOf(await issueCertificate(leaf)),
  ownRoot: tbsOf(await selfSignedCa(root)),
  crl: tbsListOf(await issueCrl({ ...list, revoked: [] })),
  longCrl: tbsListOf(await issueCrl({ ...list, revoked: manySerials })),
  certificate: Buffer.concat([string("ecdsa-sha2-nistp256-cert-v01@openssh.com"), Buffer.alloc(40)]),
  list: Buffer.from("SSHSIG\0\0\0\0"),
  token: Buffer.from("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0"),
  // Nothing of these may be signed by any key.
  otherCa: tbsOf(await issueCertificate({ ...leaf, isCa: true, keyUsage: ["keyCertSign"] })),
  csr: Buffer.from([0x30, 3, 2, 1, 0]),
  more: Buffer.from([0x30, 3, 2, 1, 1, 0]),
  cut: Buffer.from([0x30, 0x82, 1, 0, 0]),
  userauth: Buffer.concat([string("session"), Buffer.from([50]), string("root")]),
  plainKey: Buffer.concat([string("ssh-ed25519"), Buffer.alloc(40)]),
  text: Buffer.from("hello"),
  none: Buffer.alloc(0),
  binaryToken: Buffer.from("eyJh\n.eyJz"),
} as const;

/** Use and authority of a key; what it signs. Everything else is refused. */
const table: readonly (readonly ["ssh" | "tls" | "jwt", string, ...(keyof typeof shapes)[]])[] = [
  ["tls", "user", "leaf", "ownRoot", "crl", "longCrl"],
  ["tls", "db_client", "leaf", "ownRoot", "crl", "longCrl", "token"],
  ["ssh", "user", "certificate", "list"],
  ["ssh", "openssh", "certificate", "list"],
  ["jwt", "jwt", "token"],
];

for (const [use, caType, ...allowed] of table) {
  test(`threat 15: a key for ${use} of ${caType} signs ${allowed.join(" and ")}, and nothing else`, () => {
    const key = { use, caType, clusterName: "one.example" };
    const signed = Object.entries(shapes).filter(([, bytes]) => decideSigning(key, bytes, () => own).allow);
    assert.deepEqual(
      signed.map(([name]) => name),
      allowed,
    );
  });
}

test("threat 1: a key certifies no other authority, and itself only under its own public half", () => {
  const key = { use: "tls", caType: "user", clusterName: "one.example" } as const;
  const verdict = decideSigning(key, shapes.otherCa, () => own);
  assert.ok(!verdict.allow);
  assert.match(verdict.because, /does not certify another authority/);
  assert.ok(!decideSigning(key, shapes.ownRoot, () => exportSpki(other)).allow);
});
