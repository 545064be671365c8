import { createPrivateKey, type KeyObject } from "node:crypto";
import { decodePemBlock } from "../pem/pem.ts";
import { X509Error } from "../x509-error.ts";
import { checkKeyType } from "./check-key-type.ts";

const labels = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/**
 * PEM of a private key: PKCS#1 (`RSA PRIVATE KEY`) for RSA and PKCS#8 (`PRIVATE KEY`) for the others, which is what
 * clients of every age read; `pkcs8` forces the second for all.
 */
export function encodePrivateKeyPem(key: KeyObject, form: "usual" | "pkcs8" = "usual"): string {
  const type = form === "usual" && key.asymmetricKeyType === "rsa" ? "pkcs1" : "pkcs8";
  return key.export({ type, format: "pem" }).toString();
}

/**
 * Private key from the first key block of a PEM text (PKCS#8, PKCS#1 or SEC 1, not encrypted), its kind checked.
 *
 * @throws X509Error MALFORMED, or as `checkKeyType`.
 */
export function parsePrivateKeyPem(pem: string): KeyObject {
  const { label, der } = decodePemBlock(pem, labels);
  const key = importKey(Buffer.from(der), label);
  checkKeyType(key);
  return key;
}

function importKey(der: Buffer, label: string): KeyObject {
  const type = label === "PRIVATE KEY" ? "pkcs8" : label === "RSA PRIVATE KEY" ? "pkcs1" : "sec1";
  try {
    return createPrivateKey({ key: der, format: "der", type });
  } catch {
    // The cause is left out: it may quote key material.
    throw new X509Error("MALFORMED", `the block ${label} does not hold a private key that can be read`);
  }
}
