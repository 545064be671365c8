/** What each type of certificate authority holds keys for. The names are those of the wire. */
export const caTypes = {
  host: { ssh: "ed25519", tls: "ecdsa-p256", jwt: undefined },
  user: { ssh: "ed25519", tls: "ecdsa-p256", jwt: undefined },
  db: { ssh: undefined, tls: "rsa-2048", jwt: undefined },
  db_client: { ssh: undefined, tls: "rsa-2048", jwt: undefined },
  openssh: { ssh: "ed25519", tls: undefined, jwt: undefined },
  jwt: { ssh: undefined, tls: undefined, jwt: "ecdsa-p256" },
  saml_idp: { ssh: undefined, tls: "rsa-2048", jwt: undefined },
  oidc_idp: { ssh: undefined, tls: undefined, jwt: "rsa-2048" },
  spiffe: { ssh: undefined, tls: "ecdsa-p256", jwt: "rsa-2048" },
  okta: { ssh: undefined, tls: undefined, jwt: "ecdsa-p256" },
  awsra: { ssh: undefined, tls: "ecdsa-p256", jwt: undefined },
  bound_keypair: { ssh: undefined, tls: undefined, jwt: "ed25519" },
} as const satisfies Record<string, KeyKinds>;

/** Key algorithms by the balanced-v1 suite; undefined = the type has no such keys. */
interface KeyKinds {
  readonly ssh: KeyAlgorithm | undefined;
  readonly tls: KeyAlgorithm | undefined;
  readonly jwt: KeyAlgorithm | undefined;
}
export type KeyAlgorithm = "ecdsa-p256" | "ed25519" | "rsa-2048";

export type CaType = keyof typeof caTypes;

export const isCaType = (type: string): type is CaType => Object.hasOwn(caTypes, type);
