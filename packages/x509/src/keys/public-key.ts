import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { DerReader } from "../der/der-reader.ts";
import { tag } from "../der/tag.ts";
import { decodePemBlock } from "../pem/pem.ts";
import { X509Error } from "../x509-error.ts";
import { checkKeyType } from "./check-key-type.ts";
import { isOnP256 } from "./p256-point.ts";
import { isSmallOrder } from "./small-order.ts";

const p256Prefix = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex");
const ed25519Prefix = Buffer.from("302a300506032b6570032100", "hex");
const maxSpkiBytes = 4096;

/**
 * Checks a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) and returns its canonical DER. P-256 and Ed25519 are
 * checked without making a `KeyObject`, which would cost more than a signature.
 *
 * @throws X509Error MALFORMED, or as `checkKeyType`.
 */
export function checkSpki(spki: Uint8Array): Uint8Array {
  if (startsWith(spki, ed25519Prefix) && spki.length === ed25519Prefix.length + 32) {
    if (!isSmallOrder(spki.subarray(ed25519Prefix.length))) return spki;
    throw new X509Error("WEAK_KEY", "anybody can sign for this Ed25519 key");
  }
  if (startsWith(spki, p256Prefix) && spki.length === p256Prefix.length + 65) {
    if (isOnP256(spki.subarray(p256Prefix.length))) return spki;
    throw new X509Error("MALFORMED", "the public key is not a point of P-256");
  }
  return exportSpki(parsePublicKey(spki));
}

function startsWith(bytes: Uint8Array, prefix: Buffer): boolean {
  return bytes.length > prefix.length && prefix.compare(bytes, 0, prefix.length) === 0;
}

/**
 * Public key from SPKI, as DER or as a PEM block `PUBLIC KEY` (or `RSA PUBLIC KEY`, PKCS#1), its kind checked.
 *
 * @throws X509Error MALFORMED, or as `checkKeyType`.
 */
export function parsePublicKey(input: Uint8Array | string): KeyObject {
  const [label, der] = typeof input === "string" ? fromPem(input) : ["PUBLIC KEY", input];
  if (der.length > maxSpkiBytes) throw new X509Error("TOO_LARGE", "the public key is too large");
  const key = importKey(Buffer.from(der), label === "RSA PUBLIC KEY" ? "pkcs1" : "spki");
  checkKeyType(key);
  return key;
}

function fromPem(text: string): [string, Uint8Array] {
  const block = decodePemBlock(text, ["PUBLIC KEY", "RSA PUBLIC KEY"]);
  return [block.label, block.der];
}

function importKey(der: Buffer, type: "spki" | "pkcs1"): KeyObject {
  const reader = new DerReader(der);
  reader.read(tag.sequence);
  reader.end();
  try {
    return createPublicKey({ key: der, format: "der", type });
  } catch (cause) {
    throw new X509Error("MALFORMED", "the public key is malformed", { cause });
  }
}

/** DER of the SubjectPublicKeyInfo of a public key, or of the public half of a private one. */
export function exportSpki(key: KeyObject): Buffer {
  const half = key.type === "private" ? createPublicKey(key) : key;
  return half.export({ type: "spki", format: "der" });
}

/** The pin of a CA: `sha256:` and the lower-case hex of SHA-256 over its SPKI DER (RFC 7469 names the digest). */
export function spkiPin(spki: Uint8Array): string {
  return `sha256:${createHash("sha256").update(spki).digest("hex")}`;
}
