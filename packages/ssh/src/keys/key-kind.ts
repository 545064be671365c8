/** Key types that can sign for a CA and hold a certificate (RFC 4253 section 6.6, RFC 5656, RFC 8709). */
export type PlainKeyType =
  | "ssh-ed25519"
  | "ecdsa-sha2-nistp256"
  | "ecdsa-sha2-nistp384"
  | "ecdsa-sha2-nistp521"
  | "ssh-rsa";

/** Key types of hardware tokens (OpenSSH PROTOCOL.u2f): they hold certificates and never sign for a CA here. */
export type SecurityKeyType = "sk-ssh-ed25519@openssh.com" | "sk-ecdsa-sha2-nistp256@openssh.com";

export type SshKeyType = PlainKeyType | SecurityKeyType;

/** How one kind of key looks on the wire. */
export interface KeyKind {
  readonly type: SshKeyType;
  /** Type name of a certificate for such a key (OpenSSH PROTOCOL.certkeys). */
  readonly certificateType: string;
  readonly family: "ed25519" | "ecdsa" | "rsa";
  readonly isSecurityKey: boolean;
  /** SSH and JWK names of the curve, and the octets of a coordinate; only for ECDSA. */
  readonly curve?: { readonly ssh: string; readonly jwk: string; readonly octets: number };
}

const p256 = { ssh: "nistp256", jwk: "P-256", octets: 32 };
const suffix = "-cert-v01@openssh.com";

const kinds: readonly KeyKind[] = [
  kind("ssh-ed25519", "ed25519"),
  kind("ecdsa-sha2-nistp256", "ecdsa", p256),
  kind("ecdsa-sha2-nistp384", "ecdsa", { ssh: "nistp384", jwk: "P-384", octets: 48 }),
  kind("ecdsa-sha2-nistp521", "ecdsa", { ssh: "nistp521", jwk: "P-521", octets: 66 }),
  kind("ssh-rsa", "rsa"),
  kind("sk-ssh-ed25519@openssh.com", "ed25519"),
  kind("sk-ecdsa-sha2-nistp256@openssh.com", "ecdsa", p256),
];

function kind(type: SshKeyType, family: KeyKind["family"], curve?: KeyKind["curve"]): KeyKind {
  const certificateType = `${type.replace("@openssh.com", "")}${suffix}`;
  const base = { type, certificateType, family, isSecurityKey: type.startsWith("sk-") };
  return curve === undefined ? base : { ...base, curve };
}

const byType = new Map<string, KeyKind>(kinds.map((one) => [one.type, one]));
const byCertificateType = new Map<string, KeyKind>(kinds.map((one) => [one.certificateType, one]));

/** The kind of a key type name; undefined for certificate types and strangers. */
export function keyKindOf(type: string): KeyKind | undefined {
  return byType.get(type);
}

/** The kind of key that a certificate type name is for; undefined for anything else. */
export function certifiedKindOf(certificateType: string): KeyKind | undefined {
  return byCertificateType.get(certificateType);
}
