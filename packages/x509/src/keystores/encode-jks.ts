import { createHash, randomBytes } from "node:crypto";
import { parseCertificate } from "../certificates/parse-certificate.ts";
import { encodeOid } from "../der/oid.ts";
import { derNull, octetString, sequence } from "../der/write-der.ts";
import { X509Error } from "../x509-error.ts";
import { checkEntryName, checkKeyEntry, encodePassword, type KeyEntry } from "./keystore-entry.ts";

/** One entry of a JKS keystore: a private key with its chain, or a certificate that is trusted. */
export type JksEntry = {
  /** 1 to 255 printable ASCII characters; Java writes and compares it in lower case. */
  readonly alias: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
} & (KeyEntry | { readonly trustedCertificate: Uint8Array });

/** What a JKS keystore or truststore is to hold. */
export interface JksTemplate {
  readonly entries: readonly JksEntry[];
  /**
   * Printable ASCII; Java's tools want at least 6 characters. It seals the store and encrypts its keys. Take a long
   * random one: the format protects it with single rounds of SHA-1 only.
   */
  readonly password: string;
}

const magic = 0xfeedfeed;
const version = 2;
const keyEntryTag = 1;
const certificateEntryTag = 2;
// The constant that Java puts between password and content.
const sealWords = "Mighty Aphrodite";
const keyProtector = "1.3.6.1.4.1.42.2.17.1.1";
const minPasswordChars = 6;

/**
 * Writes a keystore in the format of Java's `JKS`, which Java programs of every age read.
 *
 * @throws X509Error INVALID for an alias, two of the same, a time or a password that must not be taken; MISMATCH where the
 * first certificate of an entry is not that of its key.
 */
export function encodeJks({ entries, password }: JksTemplate): Buffer {
  const secret = encodePassword(password);
  if (password.length < minPasswordChars) {
    throw new X509Error(
      "INVALID",
      `the password of a JKS keystore has at least ${minPasswordChars} characters`,
    );
  }
  const aliases = new Set(entries.map(({ alias }) => alias.toLowerCase()));
  if (aliases.size < entries.length)
    throw new X509Error("INVALID", "two entries of a keystore have the same alias");
  const head = [uint32(magic), uint32(version), uint32(entries.length)];
  const store = Buffer.concat([...head, ...entries.map((entry) => encodeEntry(entry, secret))]);
  return Buffer.concat([store, createHash("sha1").update(secret).update(sealWords).update(store).digest()]);
}

function encodeEntry(entry: JksEntry, secret: Buffer): Buffer {
  const isKey = "privateKey" in entry;
  const head = [
    uint32(isKey ? keyEntryTag : certificateEntryTag),
    utf(checkEntryName(entry.alias).toLowerCase()),
  ];
  const time = instant(entry.createdAt);
  if (!isKey) return Buffer.concat([...head, time, encodeCertificate(entry.trustedCertificate)]);
  const key = protectKey(checkKeyEntry(entry).key, secret);
  const chain = entry.certificates.map(encodeCertificate);
  return Buffer.concat([...head, time, uint32(key.length), key, uint32(chain.length), ...chain]);
}

function encodeCertificate(der: Uint8Array): Buffer {
  parseCertificate(der);
  return Buffer.concat([utf("X.509"), uint32(der.length), der]);
}

/** Sun's own key protector: a key stream of SHA-1 over password and salt, and a SHA-1 over password and key to check it. */
function protectKey(key: Buffer, secret: Buffer): Buffer {
  const digest = (...parts: Uint8Array[]) => createHash("sha1").update(Buffer.concat(parts)).digest();
  const salt = randomBytes(20);
  const hidden = Buffer.from(key);
  let stream = salt;
  for (let at = 0; at < hidden.length; at++) {
    if (at % 20 === 0) stream = digest(secret, stream);
    hidden[at] = (hidden[at] ?? 0) ^ (stream[at % 20] ?? 0);
  }
  const algorithm = sequence(encodeOid(keyProtector), derNull);
  return sequence(algorithm, octetString(salt, hidden, digest(secret, key)));
}

function uint32(value: number): Buffer {
  const out = Buffer.allocUnsafe(4);
  out.writeUInt32BE(value);
  return out;
}

/** A string of ASCII as Java's DataOutput writes it. */
function utf(text: string): Buffer {
  const out = Buffer.allocUnsafe(2 + text.length);
  out.writeUInt16BE(text.length);
  out.write(text, 2, "latin1");
  return out;
}

function instant(at: number): Buffer {
  if (!(Number.isSafeInteger(at) && at >= 0)) {
    throw new X509Error("INVALID", "the time of a keystore entry is not one in milliseconds since 1970");
  }
  const out = Buffer.allocUnsafe(8);
  out.writeBigUInt64BE(BigInt(at));
  return out;
}
