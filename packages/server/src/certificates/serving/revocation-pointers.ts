import { authorityInfoAccess, crlDistributionPoints, type Extension } from "@sallyport/x509";

/**
 * What a certificate says about where to ask whether it is revoked: by the type of the authority and the fingerprint
 * of the very key that signs, since a list speaks for one key (during a rotation there are two).
 */
export type RevocationPointers = (caType: string, key: string) => readonly Extension[];

/** Keys change with rotations alone, so few are ever kept. */
const MAX_KEPT = 64;

/** Pointers to what `routes.ts` serves, for `publicUrl` without a slash at its end; none without one. */
export function createRevocationPointers(publicUrl: string | undefined): RevocationPointers {
  if (publicUrl === undefined) return () => [];
  const kept = new Map<string, readonly Extension[]>();
  return (caType, key) => {
    const path = `${caType}/${key}`;
    const known = kept.get(path);
    if (known !== undefined) return known;
    if (kept.size >= MAX_KEPT) kept.clear();
    const made = [
      crlDistributionPoints([`${publicUrl}/crl/${path}.crl`]),
      authorityInfoAccess({ ocsp: [`${publicUrl}/ocsp/${caType}`] }),
    ];
    kept.set(path, made);
    return made;
  };
}
