import { clone } from "@bufbuild/protobuf";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
  PrivateKeyType,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { type Key, segmentsOf } from "../../storage/index.ts";
import type { KeyUse } from "../ca-types.ts";
import { clearKeys, type KeyPlace, type KeySealing } from "./key-sealing.ts";

type Change = (key: Uint8Array, place: KeyPlace) => Uint8Array;

/** The authority as it is stored under the key; the one that is given stays as it is. */
export function sealedAuthority(sealing: KeySealing, authority: CertAuthorityV2, at: Key): CertAuthorityV2 {
  if (sealing === clearKeys) return authority;
  const copy = clone(CertAuthorityV2Schema, authority);
  dropOlderCopies(copy);
  changeKeys(copy, at, (key, place) => sealing.seal(key, place));
  return copy;
}

/** Makes the keys of a stored authority readable, in place. */
export function openedAuthority(sealing: KeySealing, stored: CertAuthorityV2, at: Key): CertAuthorityV2 {
  changeKeys(stored, at, (key, place) => sealing.open(key, place));
  return stored;
}

/** What older clients read is written from the key sets whenever an authority is shown. */
function dropOlderCopies({ Spec: spec }: CertAuthorityV2): void {
  if (spec === undefined) return;
  spec.SigningKeys = [];
  for (const pair of spec.TLSKeyPairs) pair.Key = new Uint8Array();
  for (const pair of spec.JWTKeyPairs) pair.PrivateKey = new Uint8Array();
}

/**
 * The place is named by the key in the storage, so that an authority counts only where it was put. References to keys
 * in a token are no secret, and stay as they are.
 */
function changeKeys({ Spec: spec }: CertAuthorityV2, at: Key, change: Change): void {
  const [, type = "", clusterName = ""] = segmentsOf(at);
  const changed = (key: Uint8Array, kind: PrivateKeyType, use: KeyUse, publicHalf: Uint8Array) =>
    key.length === 0 || kind !== PrivateKeyType.RAW
      ? key
      : change(key, { type, clusterName, use, publicHalf });
  for (const set of [spec?.ActiveKeys, spec?.AdditionalTrustedKeys]) {
    for (const pair of set?.SSH ?? []) {
      pair.PrivateKey = changed(pair.PrivateKey, pair.PrivateKeyType, "ssh", pair.PublicKey);
    }
    for (const pair of set?.TLS ?? []) pair.Key = changed(pair.Key, pair.KeyType, "tls", pair.Cert);
    for (const pair of set?.JWT ?? []) {
      pair.PrivateKey = changed(pair.PrivateKey, pair.PrivateKeyType, "jwt", pair.PublicKey);
    }
  }
}
