import { type KeyObject, randomUUID, sign } from "node:crypto";

const LIFETIME_SECONDS = 5 * 60;

/** Who may ask step-ca for certificates: the holder of this key signs the one-time tokens. */
export interface Provisioner {
  readonly name: string;
  readonly keyId: string;
  /** P-256, private. */
  readonly key: KeyObject;
}

/** A one-time token (RFC 7519, ES256) for one request to this address of step-ca. */
export function makeToken(
  { name, keyId, key }: Provisioner,
  audience: string,
  claims: { readonly sub: string } & Readonly<Record<string, unknown>>,
): string {
  const nowSeconds = Math.ceil(Date.now() / 1000);
  const payload = {
    iss: name,
    aud: audience,
    jti: randomUUID(),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + LIFETIME_SECONDS,
    ...claims,
  };
  const body = `${encode({ alg: "ES256", kid: keyId, typ: "JWT" })}.${encode(payload)}`;
  const signature = sign("sha256", Buffer.from(body), { key, dsaEncoding: "ieee-p1363" });
  return `${body}.${signature.toString("base64url")}`;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
