import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { AppError } from "@sallyport/api";

const signAsync = promisify(sign);

const base64url = (text: string) => Buffer.from(text, "utf8").toString("base64url");

/** A signed JSON Web Token (RFC 7519) in compact form (RFC 7515): ES256, EdDSA or RS256, as the key is. */
export async function signToken(key: KeyObject, claims: Readonly<Record<string, unknown>>): Promise<string> {
  const header = { alg: algorithmOf(key), kid: keyIdOf(key), typ: "JWT" };
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  const digest = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  const signature = await signAsync(digest, Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  if (type === "ec" && details?.namedCurve === "prime256v1") return "ES256";
  if (type === "rsa") return "RS256";
  if (type === "ed25519") return "EdDSA";
  throw new AppError("INTERNAL", `tokens are not signed with a key of type ${type}`);
}

const thumbprintMembers: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  RSA: ["e", "kty", "n"],
  OKP: ["crv", "kty", "x"],
};

/** Thumbprint of the public key (RFC 7638): verifiers find the key by it while a rotation trusts two. */
export function keyIdOf(key: KeyObject): string {
  const jwk = (key.type === "public" ? key : createPublicKey(key)).export({ format: "jwk" }) as Readonly<
    Record<string, unknown>
  >;
  const members = thumbprintMembers[String(jwk.kty)] ?? [];
  const canonical = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])));
  return createHash("sha256").update(canonical).digest("base64url");
}
