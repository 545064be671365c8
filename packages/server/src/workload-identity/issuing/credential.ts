/** The kinds of credential that can be asked for. */
export type Credential =
  | {
      readonly kind: "x509";
      /** SubjectPublicKeyInfo, DER. */
      readonly publicKey: Uint8Array;
    }
  | { readonly kind: "jwt"; readonly audiences: readonly string[]; readonly issuer: string };
