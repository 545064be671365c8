import { randomBytes } from "node:crypto";
import { exportSpki } from "../keys/public-key.ts";
import { type SigningKey, visibleHalf } from "../keys/signing-key.ts";
import { type Name, nameOid } from "../names/name.ts";
import { createIssuer, keyIdOf } from "./certificate-issuer.ts";
import { issueCertificate } from "./issue-certificate.ts";
import type { KeyUsage } from "./key-usage.ts";

/** What the certificate of a new certificate authority is to say. */
export interface CaTemplate {
  readonly commonName: string;
  readonly organization: string;
  /** The private key; it signs its own certificate. */
  readonly key: SigningKey;
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
  /** Decimal text of the subject's serialNumber attribute. Default: 128 random bits. */
  readonly serialNumberAttribute?: string;
}

/**
 * Issues the self-signed certificate of a CA; resolves to its DER. The serialNumber attribute keeps the names of
 * two CAs of one cluster apart.
 */
export function selfSignedCa(template: CaTemplate): Promise<Buffer> {
  const { key, notBeforeAt, notAfterAt } = template;
  const spki = exportSpki(visibleHalf(key));
  const keyId = keyIdOf(spki);
  const subject = caName(template);
  return issueCertificate({
    issuer: createIssuer({ name: subject, key, keyId }),
    subject,
    publicKey: spki,
    notBeforeAt,
    notAfterAt,
    keyUsage: caKeyUsage(key),
    isCa: true,
    subjectKeyId: keyId,
  });
}

function caName(template: CaTemplate): Name {
  const serialNumber =
    template.serialNumberAttribute ?? BigInt(`0x${randomBytes(16).toString("hex")}`).toString();
  return [
    [{ oid: nameOid.organization, value: template.organization }],
    [{ oid: nameOid.commonName, value: template.commonName }],
    [{ oid: nameOid.serialNumber, value: serialNumber }],
  ];
}

function caKeyUsage(key: SigningKey): KeyUsage[] {
  const signing: KeyUsage[] = ["digitalSignature", "keyCertSign", "cRLSign"];
  return visibleHalf(key).asymmetricKeyType === "rsa" ? [...signing, "keyEncipherment"] : signing;
}
