import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { AppError } from "@sallyport/api";
import { isDistantKey, type SigningKey, visibleHalf } from "@sallyport/x509";

const signAsync = promisify(sign);

const base64url = (text: string) => Buffer.from(text, "utf8").toString("base64url");

/** A signed JSON Web Token (RFC 7519) in compact form (RFC 7515): ES256, EdDSA or RS256, as the key is. */
export async function signToken(key: SigningKey, claims: Readonly<Record<string, unknown>>): Promise<string> {
  const half = visibleHalf(key);
  const header = { alg: algorithmOf(half), kid: keyIdOf(half), typ: "JWT" };
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  const signature = await signatureOf(key, Buffer.from(signed));
  return `${signed}.${signature.toString("base64url")}`;
}

async function signatureOf(key: SigningKey, bytes: Buffer): Promise<Buffer> {
  if (isDistantKey(key)) {
    const signature = await key.sign("sha256", bytes);
    return key.publicKey.asymmetricKeyType === "ec" ? fromDer(signature) : signature;
  }
  const digest = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  return signAsync(digest, bytes, { key, dsaEncoding: "ieee-p1363" });
}

/** The two numbers of a P-256 signature in DER, each in 32 octets, as RFC 7518 section 3.4 has them. */
function fromDer(der: Buffer): Buffer {
  const length = der[3] ?? 0;
  const numbers = [der.subarray(4, 4 + length), der.subarray(6 + length)];
  const octets = numbers.map((number) => number.toString("hex").padStart(64, "0").slice(-64));
  return Buffer.from(octets.join(""), "hex");
}

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  if (type === "ec" && details?.namedCurve === "prime256v1") return "ES256";
  if (type === "rsa") return "RS256";
  if (type === "ed25519") return "EdDSA";
  throw new AppError("INTERNAL", `tokens are not signed with a key of type ${type}`);
}

/**
 * Verifiers work it out from the keys of the authority, and find no key by another one: SHA-256 over PKCS #1 for RSA, over
 * the SubjectPublicKeyInfo for other keys.
 */
export function keyIdOf(key: KeyObject): string {
  const half = key.type === "public" ? key : createPublicKey(key);
  const der =
    half.asymmetricKeyType === "rsa"
      ? half.export({ type: "pkcs1", format: "der" })
      : half.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64url");
}
