/** What a token is asked to make a key for. The token itself remembers it, and signs nothing else with that key. */
export interface TokenKeyWish {
  readonly algorithm: "ecdsa-p256" | "rsa-2048";
  readonly use: "ssh" | "tls" | "jwt";
  /** Type of the authority and name of the cluster. */
  readonly caType: string;
  readonly clusterName: string;
}

export interface NewTokenKey {
  readonly keyId: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
}

/** A finished description of one signature: everything was decided, and nothing can be changed on the way. */
export interface SigningOrder {
  readonly keyId: string;
  readonly digest: "sha256" | "sha512";
  readonly bytes: Uint8Array;
}

/** The other end of the signer process. Everything throws UNAVAILABLE while there is none that answers. */
export interface TokenSigner {
  generate(wish: TokenKeyWish): Promise<NewTokenKey>;
  /** As `sign` of `node:crypto`: PKCS#1 v1.5 for RSA, DER for ECDSA. */
  sign(order: SigningOrder): Promise<Buffer>;
  close(): Promise<void>;
}
