import { AppError } from "@sallyport/api";
import type {
  CAKeySet,
  CertAuthorityV2,
  TLSKeyPair,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { createSshSigner, fingerprint, type SshSigner } from "@sallyport/ssh";
import {
  type CertificateIssuer,
  issuerFromCertificate,
  parseCertificate,
  type SigningKey,
} from "@sallyport/x509";
import { spkiFingerprint } from "../certificates/index.ts";
import type { CaType } from "./ca-types.ts";
import type { KeyCustody } from "./custody/index.ts";
import { databaseKeysIn, readRotation } from "./rotation/index.ts";
import type { AuthorityStore } from "./store.ts";

/** A key that issues X.509 certificates. */
export interface TlsCa {
  readonly caType: CaType;
  readonly issuer: CertificateIssuer;
  /** As the inventory names the key. */
  readonly fingerprint: string;
  /** Nothing that it issues lives longer. */
  readonly endsAt: number;
  readonly spki: Buffer;
}

/** A key that issues SSH certificates. */
interface SshCa {
  readonly caType: CaType;
  readonly signer: SshSigner;
  readonly fingerprint: string;
}

/** The keys of an authority that not every call needs. What its type does not have throws INTERNAL when read. */
interface CaKeys {
  readonly tls: TlsCa;
  /** For certificates that the owner of a server puts there by hand; during a rotation already of the new key. */
  readonly tlsForServers: TlsCa;
  readonly ssh: SshCa;
  readonly jwt: SigningKey;
  /** PEM of each trusted certificate, active first. */
  readonly tlsCertificates: readonly string[];
}

/** The authority is made at its first use, where nobody asked for it before. */
export type FindCaKeys = (type: CaType) => Promise<CaKeys>;

/** Keys are loaded at their first use and kept until the authority changes. */
export function createCaKeys(authorities: AuthorityStore): FindCaKeys {
  const loaded = new Map<CaType, { readonly revision: string; readonly keys: CaKeys }>();
  return async (type) => {
    const authority = await authorities.ensure(type);
    const revision = authority.Metadata?.Revision ?? "";
    const known = loaded.get(type);
    if (known?.revision === revision) return known.keys;
    const keys = loadKeys(type, authority, authorities.custody);
    loaded.set(type, { revision, keys });
    return keys;
  };
}

function loadKeys(type: CaType, { Spec: spec }: CertAuthorityV2, custody: KeyCustody): CaKeys {
  const { ActiveKeys: active, AdditionalTrustedKeys: additional } = spec ?? {};
  const forServers =
    databaseKeysIn(readRotation(spec?.Rotation).phase) === "additional" ? additional : active;
  const sets = [active, additional].filter((set) => set !== undefined);
  const need = <T>(what: string, of: (set: CAKeySet) => T | undefined, set: CAKeySet | undefined) =>
    once(() => {
      const found = set === undefined ? undefined : of(set);
      if (found === undefined) throw new AppError("INTERNAL", `the ${type} authority has no key for ${what}`);
      return found;
    });
  const tlsOf = (set: CAKeySet) => set.TLS[0] && tlsCa(type, set.TLS[0], custody);
  const tls = need("X.509", tlsOf, active);
  const tlsForServers = need("X.509", tlsOf, forServers);
  const ssh = need("SSH", (set) => set.SSH[0] && sshCa(type, custody.ssh(set.SSH[0])), active);
  const jwt = need("tokens", (set) => set.JWT[0] && custody.jwt(set.JWT[0]), active);
  return {
    get tls() {
      return tls();
    },
    get tlsForServers() {
      return tlsForServers();
    },
    get ssh() {
      return ssh();
    },
    get jwt() {
      return jwt();
    },
    tlsCertificates: sets.flatMap((set) => set.TLS.map((pair) => text(pair.Cert))),
  };
}

function tlsCa(caType: CaType, pair: TLSKeyPair, custody: KeyCustody): TlsCa {
  const certificate = parseCertificate(text(pair.Cert));
  return {
    caType,
    issuer: issuerFromCertificate(certificate, custody.tls(pair, certificate)),
    fingerprint: spkiFingerprint(certificate.spki),
    endsAt: certificate.notAfterAt,
    spki: Buffer.from(certificate.spki),
  };
}

function sshCa(caType: CaType, key: SigningKey): SshCa {
  const signer = createSshSigner(key);
  return { caType, signer, fingerprint: fingerprint(signer.publicKey) };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
