import { createCipheriv, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { encodeOid } from "../der/oid.ts";
import { derNull, octetString, sequence, unsignedInteger } from "../der/write-der.ts";
import { pkcs12Derive, pkcs12Purpose } from "./pkcs12-derive.ts";

/** Octets that were encrypted, with the AlgorithmIdentifier that says how. */
export interface Encrypted {
  readonly algorithm: Buffer;
  readonly octets: Buffer;
}

/** How a file is protected: the encryption of what is in it, and the digest of its seal. */
export interface Protection {
  encrypt(plain: Uint8Array): Promise<Encrypted>;
  /** DER of the MacData over the octets. */
  seal(octets: Uint8Array): Buffer;
}

// As many as keytool takes. The seal cannot be left to the thread pool, and is what somebody guessing would go for, so
// more rounds for the encryption alone would gain nothing: take a long random password.
const iterations = 10_000;
const saltBytes = 16;

const oid = {
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  hmacSha256: "1.2.840.113549.2.9",
  aes256Cbc: "2.16.840.1.101.3.4.1.42",
  pbkdf2: "1.2.840.113549.1.5.12",
  pbes2: "1.2.840.113549.1.5.13",
  sha1And3Des: "1.2.840.113549.1.12.1.3",
} as const;

const derive = promisify(pbkdf2);

/** PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018), sealed with HMAC-SHA-256. */
export function modernProtection(password: string, bmpPassword: Buffer): Protection {
  return {
    seal: (octets) => seal(octets, "sha256", bmpPassword),
    encrypt: async (plain) => {
      const [salt, iv] = [randomBytes(saltBytes), randomBytes(16)];
      const key = await derive(password, salt, iterations, 32, "sha256");
      const rounds = unsignedInteger(BigInt(iterations));
      const prf = sequence(encodeOid(oid.hmacSha256), derNull);
      const kdf = sequence(encodeOid(oid.pbkdf2), sequence(octetString(salt), rounds, prf));
      const scheme = sequence(encodeOid(oid.aes256Cbc), octetString(iv));
      const algorithm = sequence(encodeOid(oid.pbes2), sequence(kdf, scheme));
      return { algorithm, octets: encipher("aes-256-cbc", key, iv, plain) };
    },
  };
}

/** SHA-1 and triple DES (RFC 7292 appendix C), for programs that read nothing newer. */
export function legacyProtection(bmpPassword: Buffer): Protection {
  return {
    seal: (octets) => seal(octets, "sha1", bmpPassword),
    encrypt: async (plain) => {
      const salt = randomBytes(saltBytes);
      const input = { digest: "sha1", password: bmpPassword, salt, iterations } as const;
      const key = pkcs12Derive({ ...input, purpose: pkcs12Purpose.key, length: 24 });
      const iv = pkcs12Derive({ ...input, purpose: pkcs12Purpose.iv, length: 8 });
      const parameters = sequence(octetString(salt), unsignedInteger(BigInt(iterations)));
      const algorithm = sequence(encodeOid(oid.sha1And3Des), parameters);
      return { algorithm, octets: encipher("des-ede3-cbc", key, iv, plain) };
    },
  };
}

function encipher(cipherName: string, key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv(cipherName, key, iv);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

function seal(octets: Uint8Array, digest: "sha1" | "sha256", password: Buffer): Buffer {
  const salt = randomBytes(saltBytes);
  const length = digest === "sha1" ? 20 : 32;
  const key = pkcs12Derive({ digest, purpose: pkcs12Purpose.mac, password, salt, iterations, length });
  const mac = createHmac(digest, key).update(octets).digest();
  const info = sequence(sequence(encodeOid(oid[digest]), derNull), octetString(mac));
  return sequence(info, octetString(salt), unsignedInteger(BigInt(iterations)));
}
