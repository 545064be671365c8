import { createPublicKey, type KeyObject } from "node:crypto";
import type { CertAuthorityV2 } from "@sallyport/api";
import { parsePublicKeyLine, toKeyObject } from "@sallyport/ssh";
import { exportSpki, parseCertificate } from "@sallyport/x509";
import { describeRotation } from "../rotation/rotation-state.ts";

/** One key of an authority, in words. */
export interface DescribedKey {
  readonly authority: string;
  readonly rotation: string;
  readonly protocol: "SSH" | "TLS" | "JWT";
  /** Active keys sign; trusted ones belong to a rotation that is under way. */
  readonly status: "active" | "trusted";
  readonly algorithm: string;
  readonly storage: string;
  /** Of TLS keys: what the pin is made of. */
  readonly spki: Uint8Array | undefined;
}

type KeySet = NonNullable<NonNullable<CertAuthorityV2["Spec"]>["ActiveKeys"]>;
type KeyInSet = Pick<DescribedKey, "protocol" | "algorithm" | "storage" | "spki">;

export function describeKeys(authority: CertAuthorityV2): DescribedKey[] {
  const about = { authority: authority.Spec?.Type ?? "", rotation: describeRotation(authority) };
  const active = keysOf(authority.Spec?.ActiveKeys).map((key) => ({
    ...about,
    ...key,
    status: "active" as const,
  }));
  const trusted = keysOf(authority.Spec?.AdditionalTrustedKeys);
  return [...active, ...trusted.map((key) => ({ ...about, ...key, status: "trusted" as const }))];
}

function keysOf(set: KeySet | undefined): KeyInSet[] {
  const ssh = (set?.SSH ?? []).map((pair) => {
    const key = toKeyObject(parsePublicKeyLine(new TextDecoder().decode(pair.PublicKey)));
    return keyInSet("SSH", key, pair.PrivateKeyType);
  });
  const tls = (set?.TLS ?? []).map((pair) => {
    const { spki } = parseCertificate(new TextDecoder().decode(pair.Cert));
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    return { ...keyInSet("TLS", key, pair.KeyType), spki: exportSpki(key) };
  });
  const jwt = (set?.JWT ?? []).map((pair) =>
    keyInSet("JWT", createPublicKey(Buffer.from(pair.PublicKey)), pair.PrivateKeyType),
  );
  return [...ssh, ...tls, ...jwt];
}

const storages = ["software", "PKCS#11 HSM", "GCP KMS", "AWS KMS"];

function keyInSet(protocol: DescribedKey["protocol"], key: KeyObject, storage: number): KeyInSet {
  const spki = undefined;
  return { protocol, algorithm: describeAlgorithm(key), storage: storages[storage] ?? "unknown", spki };
}

function describeAlgorithm(key: KeyObject): string {
  const { namedCurve = "", modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa") return `RSA ${modulusLength}`;
  if (key.asymmetricKeyType === "ed25519") return "Ed25519";
  return namedCurve === "prime256v1" ? "ECDSA P-256" : `ECDSA ${namedCurve}`;
}
