import { certifiedKindOf, keyKindOf } from "../keys/key-kind.ts";
import type { SshPublicKey } from "../keys/public-key.ts";
import { formatPublicKeyLine } from "../keys/public-key-line.ts";
import { type SshSigner, signSsh } from "../keys/signature.ts";
import { SshError } from "../ssh-error.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { wireString, wireUint32, wireUint64 } from "../wire/write-wire.ts";
import { forever, useNumber } from "./certificate.ts";
import { type CertificateOptions, checkCriticalOptions, encodeOptions } from "./options.ts";
import { type CertificateUse, checkPrincipals } from "./principals.ts";
import { randomOctets } from "./random-octets.ts";

/** What a certificate is to say. */
export interface SshCertificateTemplate {
  readonly signer: SshSigner;
  readonly use: CertificateUse;
  /** The holder's key, from `parsePublicKeyLine` or `fromKeyObject`; never a certificate. */
  readonly publicKey: SshPublicKey;
  /** Name that servers write to their logs; may be empty for a host. */
  readonly keyId: string;
  /** At least one; see `isPrincipal` for what is allowed. */
  readonly principals: readonly string[];
  /** First instant of validity, in milliseconds since 1970, cut to a second. */
  readonly validAfterAt: number;
  /** End of validity, in milliseconds since 1970, cut to a second. */
  readonly validBeforeAt: number | "forever";
  /** Only for users. Default: none. */
  readonly criticalOptions?: CertificateOptions;
  /** Default: none, so not even a terminal. */
  readonly extensions?: CertificateOptions;
  /** Default: 64 random bits. */
  readonly serial?: bigint;
}

/** A certificate that was issued. */
export interface IssuedSshCertificate {
  readonly blob: Buffer;
  /** Line for a `-cert.pub` file, without comment and newline. */
  readonly line: string;
  readonly serial: bigint;
}

const maxKeyIdBytes = 1024;

/**
 * Issues an OpenSSH certificate (OpenSSH PROTOCOL.certkeys); an RSA signature is made on the thread pool.
 *
 * @throws SshError INVALID for no principals, a principal, option or time that must not be signed; UNSUPPORTED where
 * signer or holder is not a plain key.
 */
export async function issueSshCertificate(template: SshCertificateTemplate): Promise<IssuedSshCertificate> {
  checkTemplate(template);
  const random = randomOctets(40);
  const serial = template.serial ?? random.readBigUInt64BE(32);
  const type = certificateTypeOf(template.publicKey);
  const body = encodeBody(template, type, random.subarray(0, 32), serial);
  const blob = Buffer.concat([body, wireString(await signSsh(template.signer, body))]);
  return { blob, line: formatPublicKeyLine({ type, blob }), serial };
}

function checkTemplate(template: SshCertificateTemplate): void {
  const { use, keyId, criticalOptions = {} } = template;
  checkPrincipals(template.principals, use);
  checkCriticalOptions(criticalOptions);
  if (use === "host" && Object.keys(criticalOptions).length > 0) {
    throw new SshError("INVALID", "a host certificate has no critical options");
  }
  if (Buffer.byteLength(keyId) > maxKeyIdBytes || !keyId.isWellFormed() || /\p{Cc}/u.test(keyId)) {
    throw new SshError("INVALID", "the key id is too long, has a control character or is not valid Unicode");
  }
  requirePlainSigner(template.signer);
}

/** The type of a key decides from its own octets: a label that says otherwise changes nothing. */
function requirePlainSigner({ publicKey }: SshSigner): void {
  const kind = keyKindOf(new WireReader(publicKey.blob).text());
  if (kind === undefined || kind.isSecurityKey || kind.type !== publicKey.type) {
    throw new SshError(
      "UNSUPPORTED",
      "the key of a CA is a plain key, never a certificate or a hardware key",
    );
  }
}

function certificateTypeOf(key: SshPublicKey): string {
  const type = new WireReader(key.blob).text();
  const kind = keyKindOf(type);
  if (kind !== undefined) return kind.certificateType;
  const what =
    certifiedKindOf(type) === undefined ? `a key of type ${JSON.stringify(type)}` : "a certificate";
  throw new SshError("UNSUPPORTED", `a certificate is not issued for ${what}`);
}

function encodeBody(
  template: SshCertificateTemplate,
  type: string,
  nonce: Uint8Array,
  serial: bigint,
): Buffer {
  const { publicKey, signer } = template;
  const [after, before] = encodeValidity(template);
  const keyFields = publicKey.blob.subarray(4 + publicKey.type.length);
  return Buffer.concat([
    wireString(type),
    wireString(nonce),
    keyFields,
    wireUint64(serial),
    wireUint32(useNumber[template.use]),
    wireString(template.keyId),
    wireString(...template.principals.map((principal) => wireString(principal))),
    wireUint64(after),
    wireUint64(before),
    encodeOptions(template.criticalOptions ?? {}),
    encodeOptions(template.extensions ?? {}),
    wireString(),
    wireString(signer.publicKey.blob),
  ]);
}

function encodeValidity({ validAfterAt, validBeforeAt }: SshCertificateTemplate): [bigint, bigint] {
  const before = validBeforeAt === "forever" ? Number.POSITIVE_INFINITY : validBeforeAt;
  if (!(validAfterAt >= 0 && validAfterAt < before) || !Number.isSafeInteger(Math.floor(validAfterAt))) {
    throw new SshError("INVALID", "a certificate must not end before it begins");
  }
  return [seconds(validAfterAt), validBeforeAt === "forever" ? forever : seconds(validBeforeAt)];
}

function seconds(at: number): bigint {
  return BigInt(Math.floor(at / 1000));
}
