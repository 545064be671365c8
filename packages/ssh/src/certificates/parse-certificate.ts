import { certifiedKindOf } from "../keys/key-kind.ts";
import { parsePublicKeyBlob, type SshPublicKey } from "../keys/public-key.ts";
import { parseKeyLine } from "../keys/public-key-line.ts";
import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { wireString } from "../wire/write-wire.ts";
import { forever, type SshCertificate, useNumber } from "./certificate.ts";
import { decodeOptions } from "./options.ts";
import type { CertificateUse } from "./principals.ts";

const maxPrincipals = 256;

/**
 * Reads a certificate's wire form, or a line of a `-cert.pub` file. The CA's key in it must be a plain key, so that a
 * certificate never counts as a CA (CVE-2025-49825). It proves nothing: see `verifySshCertificate`.
 *
 * @throws SshError MALFORMED, UNSUPPORTED, WEAK_KEY or TOO_LARGE; hostile input does nothing worse.
 */
export function parseSshCertificate(input: Uint8Array | string): SshCertificate {
  const blob = typeof input === "string" ? parseKeyLine(input).blob : input;
  const reader = new WireReader(blob);
  const type = reader.text();
  const publicKey = readHolder(reader, type);
  const head = {
    serial: reader.uint64(),
    use: readUse(reader.uint32()),
    keyId: reader.text(),
    principals: readPrincipals(reader.string()),
    validAfterAt: Number(reader.uint64()) * 1000,
    validBeforeAt: readEnd(reader.uint64()),
    criticalOptions: decodeOptions(reader.string()),
    extensions: decodeOptions(reader.string()),
  };
  reader.string();
  const signatureKey = readCaKey(reader.string());
  const signed = blob.subarray(0, reader.position);
  const signature = reader.string();
  reader.end();
  return { blob, type, publicKey, ...head, signatureKey, signed, signature };
}

/** A certificate holds the key's fields without its type name: put together they are the key. */
function readHolder(reader: WireReader, type: string): SshPublicKey {
  const kind = certifiedKindOf(type);
  if (kind === undefined) {
    throw new SshError("UNSUPPORTED", `${JSON.stringify(type.slice(0, 64))} is not a type of certificate`);
  }
  reader.string();
  const fieldCount = (kind.family === "ed25519" ? 1 : 2) + (kind.isSecurityKey ? 1 : 0);
  const fields = Array.from({ length: fieldCount }, () => wireString(reader.string()));
  return parsePublicKeyBlob(Buffer.concat([wireString(kind.type), ...fields]));
}

function readUse(number: number): CertificateUse {
  if (number === useNumber.user) return "user";
  if (number === useNumber.host) return "host";
  throw new SshError("UNSUPPORTED", `certificates of use ${number} are not supported`);
}

function readPrincipals(octets: Buffer): string[] {
  const reader = new WireReader(octets);
  const principals: string[] = [];
  while (!reader.done) {
    principals.push(reader.text());
    if (principals.length > maxPrincipals) throw new SshError("TOO_LARGE", "there are too many principals");
  }
  return principals;
}

function readEnd(seconds: bigint): number | "forever" {
  return seconds === forever ? "forever" : Number(seconds) * 1000;
}

function readCaKey(blob: Buffer): SshPublicKey {
  const key = parsePublicKeyBlob(blob);
  if (key.type.startsWith("sk-")) {
    throw new SshError("UNSUPPORTED", "certificates signed by a hardware key are not supported");
  }
  return key;
}
