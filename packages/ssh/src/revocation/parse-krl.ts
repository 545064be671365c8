import { parsePublicKeyBlob, type SshPublicKey } from "../keys/public-key.ts";
import { verifySsh } from "../keys/signature.ts";
import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { checkRevocableKey, type FingerprintDigest, formatFingerprint, keyText } from "./key-blob.ts";
import type { Krl, KrlSignature } from "./krl.ts";
import { krlFormatVersion, krlMagic, maxKrlBytes, section } from "./krl-section.ts";
import { readOptionalExtension } from "./optional-extension.ts";
import { CertificateSections } from "./parse-certificate-sections.ts";

/** Each covers all before it, so that many of them in a large list would cost the square of its size. */
const maxSignatures = 16;

/**
 * Reads a key revocation list. Everything in it must be understood, since a section that is passed over is a key that
 * stays trusted: only extensions that call themselves optional are.
 *
 * @throws SshError MALFORMED, UNSUPPORTED, WEAK_KEY or TOO_LARGE; hostile input does nothing worse. A signature inside
 * the list that is not that of its key makes the list MALFORMED; whose key it is, is for the caller to judge.
 */
export function parseKrl(bytes: Uint8Array): Krl {
  const reader = new WireReader(bytes, maxKrlBytes);
  const header = readHeader(reader);
  const content = {
    certificates: new CertificateSections(),
    keys: new Set<string>(),
    fingerprints: new Set<string>(),
    signatures: [] as KrlSignature[],
  };
  while (!reader.done) readSection(reader, bytes, content);
  return { ...header, ...content, certificates: content.certificates.finish() };
}

interface Content {
  readonly certificates: CertificateSections;
  readonly keys: Set<string>;
  readonly fingerprints: Set<string>;
  readonly signatures: KrlSignature[];
}

function readHeader(reader: WireReader) {
  if (!reader.bytes(krlMagic.length).equals(krlMagic)) throw malformed("it does not begin as one");
  const format = reader.uint32();
  if (format !== krlFormatVersion) {
    throw new SshError("UNSUPPORTED", `key revocation lists of format ${format} are not supported`);
  }
  const version = reader.uint64();
  const seconds = reader.uint64();
  if (seconds > 8_640_000_000_000n) throw malformed("its time is beyond any calendar");
  if (reader.uint64() !== 0n) throw new SshError("UNSUPPORTED", "the key revocation list has unknown flags");
  reader.string();
  return { version, generatedAt: Number(seconds) * 1000, comment: reader.text() };
}

function readSection(reader: WireReader, bytes: Uint8Array, content: Content): void {
  const type = reader.bytes(1)[0];
  if (type === section.signature) {
    if (content.signatures.length === maxSignatures) {
      throw new SshError("TOO_LARGE", "the key revocation list has too many signatures");
    }
    content.signatures.push({ key: readSignature(reader, bytes) });
    return;
  }
  if (content.signatures.length > 0) throw malformed("a section follows a signature");
  const body = new WireReader(reader.string(), maxKrlBytes);
  const read = readers.get(type ?? 0);
  if (read === undefined) {
    throw new SshError("UNSUPPORTED", `the key revocation list has a section of unknown type ${type}`);
  }
  read(body, content);
}

const readers = new Map<number, (body: WireReader, content: Content) => void>([
  [section.certificates, (body, content) => content.certificates.read(body)],
  [section.explicitKey, readKeys],
  [section.fingerprintSha1, (body, content) => readFingerprints(body, "sha1", content)],
  [section.fingerprintSha256, (body, content) => readFingerprints(body, "sha256", content)],
  [section.extension, (body) => readOptionalExtension(body)],
]);

function readKeys(body: WireReader, { keys }: Content): void {
  readMembers(body, (blob) => {
    checkRevocableKey(blob);
    keys.add(keyText(blob));
  });
}

function readFingerprints(body: WireReader, digest: FingerprintDigest, { fingerprints }: Content): void {
  let before: Buffer | undefined;
  readMembers(body, (hash) => {
    fingerprints.add(formatFingerprint(hash, digest));
    if (before !== undefined && before.compare(hash) > 0) throw malformed("fingerprints are not in order");
    before = hash;
  });
}

function readMembers(body: WireReader, read: (member: Buffer) => void): void {
  if (body.done) throw malformed("a section is empty");
  while (!body.done) read(body.string());
}

/** A signature covers everything up to and with the key that made it. */
function readSignature(reader: WireReader, bytes: Uint8Array): SshPublicKey {
  const key = parsePublicKeyBlob(reader.string());
  const signed = bytes.subarray(0, reader.position);
  if (!verifySsh(key, signed, reader.string())) throw malformed("a signature in it does not match");
  return key;
}

function malformed(detail: string): SshError {
  return new SshError("MALFORMED", `the key revocation list is malformed: ${detail}`);
}
