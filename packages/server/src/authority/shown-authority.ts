import { create } from "@bufbuild/protobuf";
import {
  type CAKeySet,
  type CertAuthorityV2,
  JWTKeyPairSchema,
  TLSKeyPairSchema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";

/** The authority without any private key. Changes the message it is given. */
export function withoutPrivateKeys(authority: CertAuthorityV2): CertAuthorityV2 {
  const spec = authority.Spec;
  if (spec === undefined) return authority;
  for (const set of [spec.ActiveKeys, spec.AdditionalTrustedKeys]) {
    for (const pair of set?.SSH ?? []) pair.PrivateKey = new Uint8Array();
    for (const pair of set?.TLS ?? []) pair.Key = new Uint8Array();
    for (const pair of set?.JWT ?? []) pair.PrivateKey = new Uint8Array();
  }
  spec.SigningKeys = [];
  for (const pair of spec.TLSKeyPairs) pair.Key = new Uint8Array();
  for (const pair of spec.JWTKeyPairs) pair.PrivateKey = new Uint8Array();
  return authority;
}

/**
 * Clients up to release 8 read the keys from fields of their own; those are written from the key sets, so that both
 * eras see the same authority. Changes the message it is given.
 */
export function withOlderFields(authority: CertAuthorityV2): CertAuthorityV2 {
  const spec = authority.Spec;
  if (spec === undefined) return authority;
  const sets: CAKeySet[] = [spec.ActiveKeys, spec.AdditionalTrustedKeys].filter((set) => set !== undefined);
  spec.CheckingKeys = sets.flatMap((set) => set.SSH.map((pair) => pair.PublicKey));
  spec.SigningKeys = sets
    .flatMap((set) => set.SSH.map((pair) => pair.PrivateKey))
    .filter((key) => key.length > 0);
  spec.TLSKeyPairs = sets.flatMap((set) =>
    set.TLS.map(({ Cert, Key }) => create(TLSKeyPairSchema, { Cert, Key })),
  );
  spec.JWTKeyPairs = sets.flatMap((set) =>
    set.JWT.map(({ PublicKey, PrivateKey }) => create(JWTKeyPairSchema, { PublicKey, PrivateKey })),
  );
  return authority;
}
