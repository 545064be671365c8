import { type KeyObject, randomBytes } from "node:crypto";
import { contextConstructed, contextPrimitive } from "../der/tag.ts";
import { encodeTime } from "../der/time.ts";
import {
  bitString,
  derTrue,
  element,
  octetString,
  sequence,
  unsignedInteger,
  unsignedIntegerBytes,
} from "../der/write-der.ts";
import { checkSpki, exportSpki } from "../keys/public-key.ts";
import { encodeName } from "../names/encode-name.ts";
import type { Name } from "../names/name.ts";
import { X509Error } from "../x509-error.ts";
import type { CertificateIssuer } from "./certificate-issuer.ts";
import { type Extension, encodeExtension, extensionOid } from "./extension.ts";
import { type ExtKeyUsage, encodeExtKeyUsage, encodeKeyUsage, type KeyUsage } from "./key-usage.ts";
import { signBytes } from "./signature-algorithm.ts";
import { encodeSubjectAltNames, type SubjectAltNames } from "./subject-alt-names.ts";

/** What a certificate is to say. */
export interface CertificateTemplate {
  readonly issuer: CertificateIssuer;
  readonly subject: Name;
  /** The holder's key: SPKI DER (fastest) or a key object. */
  readonly publicKey: Uint8Array | KeyObject;
  /** First instant of validity, in milliseconds since 1970, cut to a second. */
  readonly notBeforeAt: number;
  /** Last instant of validity, in milliseconds since 1970, cut to a second. */
  readonly notAfterAt: number;
  /** Default: 128 random bits. */
  readonly serialNumber?: bigint;
  readonly keyUsage: readonly KeyUsage[];
  /** Default: none. */
  readonly extKeyUsage?: readonly ExtKeyUsage[];
  /** Default: false. */
  readonly isCa?: boolean;
  readonly sans?: SubjectAltNames;
  /** Default: left out. */
  readonly subjectKeyId?: Uint8Array;
  /** Further extensions, written after the others. */
  readonly extensions?: readonly Extension[];
}

const version3 = element(contextConstructed(0), unsignedInteger(2n));

/**
 * Issues a certificate (RFC 5280): resolves to its DER. An RSA signature is made on the thread pool.
 *
 * @throws X509Error INVALID for a subject, time or name that must not be written, and as `checkKeyType` for the key.
 */
export async function issueCertificate(template: CertificateTemplate): Promise<Buffer> {
  const { issuer } = template;
  const tbs = encodeTbs(template);
  const signature = await signBytes(issuer.algorithm, tbs, issuer.key);
  return sequence(tbs, issuer.algorithm.identifier, bitString(signature));
}

function encodeTbs(template: CertificateTemplate): Buffer {
  const { issuer, publicKey } = template;
  return sequence(
    version3,
    encodeSerial(template.serialNumber),
    issuer.algorithm.identifier,
    issuer.nameDer,
    encodeValidity(template.notBeforeAt, template.notAfterAt),
    encodeName(template.subject),
    checkSpki(publicKey instanceof Uint8Array ? publicKey : exportSpki(publicKey)),
    element(contextConstructed(3), sequence(...encodeExtensions(template))),
  );
}

function encodeSerial(serialNumber: bigint | undefined): Buffer {
  if (serialNumber === undefined) return unsignedIntegerBytes(randomBytes(16));
  if (serialNumber <= 0n || serialNumber >= 1n << 159n) {
    throw new X509Error("INVALID", "a serial number is positive and has at most 20 octets");
  }
  return unsignedInteger(serialNumber);
}

function encodeValidity(notBeforeAt: number, notAfterAt: number): Buffer {
  if (!(notBeforeAt <= notAfterAt)) {
    throw new X509Error("INVALID", "a certificate must not end before it begins");
  }
  return sequence(encodeTime(notBeforeAt), encodeTime(notAfterAt));
}

function encodeExtensions(template: CertificateTemplate): Buffer[] {
  const { issuer, subject, sans, extKeyUsage = [], isCa = false, subjectKeyId } = template;
  const sanValue = sans === undefined ? undefined : encodeSubjectAltNames(sans);
  const isNameless = subject.length === 0;
  return [
    usageExtensions(template.keyUsage, extKeyUsage, isCa),
    subjectKeyId && extension("subjectKeyId", octetString(subjectKeyId)),
    issuer.keyId && extension("authorityKeyId", sequence(element(contextPrimitive(0), issuer.keyId))),
    sanValue && extension("subjectAltNames", sanValue, isNameless),
    ...(template.extensions ?? []).map(encodeExtension),
  ].filter((one) => one !== undefined);
}

function extension(name: keyof typeof extensionOid, value: Uint8Array, critical = false): Buffer {
  return encodeExtension({ oid: extensionOid[name], critical, value });
}

const usageCache = new Map<string, Buffer>();
const usageCacheLimit = 64;

/** KeyUsage, ExtKeyUsage and BasicConstraints one after the other: there are few combinations, so they are kept. */
function usageExtensions(
  keyUsage: readonly KeyUsage[],
  extKeyUsage: readonly ExtKeyUsage[],
  isCa: boolean,
): Buffer {
  const cacheKey = `${keyUsage.join()};${extKeyUsage.join()};${isCa}`;
  const known = usageCache.get(cacheKey);
  if (known !== undefined) return known;
  const made = Buffer.concat([
    extension("keyUsage", encodeKeyUsage(keyUsage), true),
    ...(extKeyUsage.length === 0 ? [] : [extension("extKeyUsage", encodeExtKeyUsage(extKeyUsage))]),
    extension("basicConstraints", isCa ? sequence(derTrue) : sequence(), true),
  ]);
  if (usageCache.size < usageCacheLimit) usageCache.set(cacheKey, made);
  return made;
}
