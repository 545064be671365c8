/** What a key of an authority signs. */
export type KeyUse = "ssh" | "tls" | "jwt";

/** What each type of certificate authority holds keys for. The names are those of the wire. */
export const caTypes = {
  host: ["ssh", "tls"],
  user: ["ssh", "tls"],
  db: ["tls"],
  db_client: ["tls"],
  openssh: ["ssh"],
  jwt: ["jwt"],
  saml_idp: ["tls"],
  oidc_idp: ["jwt"],
  spiffe: ["tls", "jwt"],
  okta: ["jwt"],
  awsra: ["tls"],
  bound_keypair: ["jwt"],
} as const satisfies Record<string, readonly KeyUse[]>;

export type CaType = keyof typeof caTypes;

export const isCaType = (type: string): type is CaType => Object.hasOwn(caTypes, type);

export const hasKeyFor = (type: CaType, use: KeyUse): boolean =>
  (caTypes[type] as readonly KeyUse[]).includes(use);
