import { AppError } from "@sallyport/api";
import type {
  CAKeySet,
  CertAuthorityV2,
  TLSKeyPair,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { createSshSigner, fingerprint, type SshSigner } from "@sallyport/ssh";
import {
  type Certificate,
  type CertificateIssuer,
  exportSpki,
  issuerFromCertificate,
  parseCertificate,
  type TrustedCa,
  trustedCa,
  visibleHalf,
} from "@sallyport/x509";
import { spkiFingerprint } from "../certificates/index.ts";
import { type Backend, key, prefix } from "../storage/index.ts";
import type { KeyCustody } from "./custody/index.ts";
import { readRotation, serverKeysIn } from "./rotation/index.ts";
import type { AuthorityStore } from "./store.ts";

/** An authority with its keys loaded, so that nothing is parsed when a certificate is issued or verified. */
export interface LoadedAuthority {
  readonly x509: CertificateIssuer;
  /** Issues the certificates that servers show; in one phase of a rotation that is not yet the active one. */
  readonly serverX509: CertificateIssuer;
  readonly certificate: Certificate;
  readonly ssh: SshSigner;
  /** Fingerprints of the keys that sign, as the inventory names them. */
  readonly fingerprints: { readonly ssh: string; readonly x509: string; readonly serverX509: string };
  /** Every certificate that is trusted, active first. */
  readonly trusted: readonly TrustedCa[];
  /** PEM of each trusted certificate. */
  readonly tlsCertificates: readonly string[];
  /** authorized_keys line of each trusted SSH key. */
  readonly sshKeys: readonly string[];
}

/** The two authorities that every call needs, always as the storage has them. */
export interface Keyring {
  readonly host: LoadedAuthority;
  readonly user: LoadedAuthority;
  /** Calls back after an authority changed. */
  onChange(listener: () => void): void;
  close(): void;
}

export async function openKeyring(
  backend: Backend,
  store: AuthorityStore,
  clusterName: string,
): Promise<Keyring> {
  const listeners: (() => void)[] = [];
  const types = {
    host: key("authorities", "host", clusterName),
    user: key("authorities", "user", clusterName),
  };
  const loaded = {
    host: loadAuthority(await store.ensure("host"), store.custody),
    user: loadAuthority(await store.ensure("user"), store.custody),
  };
  const watch = await backend.watch({
    prefixes: [prefix("authorities", "host"), prefix("authorities", "user")],
    onChanges: (changes) => {
      for (const { item } of changes) {
        if (item?.key === types.host) loaded.host = loadAuthority(store.parse(item), store.custody);
        if (item?.key === types.user) loaded.user = loadAuthority(store.parse(item), store.custody);
      }
      for (const listener of listeners) listener();
    },
  });
  return {
    get host() {
      return loaded.host;
    },
    get user() {
      return loaded.user;
    },
    onChange: (listener) => listeners.push(listener),
    close: () => watch.close(),
  };
}

export function loadAuthority(authority: CertAuthorityV2, custody: KeyCustody): LoadedAuthority {
  const active = authority.Spec?.ActiveKeys;
  const [tls, ssh] = [active?.TLS[0], active?.SSH[0]];
  if (tls === undefined || ssh === undefined) {
    throw new AppError("INTERNAL", `the ${authority.SubKind} certificate authority has no active keys`);
  }
  const sets: CAKeySet[] = [active, authority.Spec?.AdditionalTrustedKeys].filter((set) => set !== undefined);
  const tlsCertificates = sets.flatMap((set) => set.TLS.map((pair) => text(pair.Cert)));
  const certificate = parseCertificate(text(tls.Cert));
  const x509 = issuerOf(tls, custody);
  const before = authority.Spec?.AdditionalTrustedKeys?.TLS[0];
  const usesBefore = serverKeysIn(readRotation(authority.Spec?.Rotation).phase) === "additional";
  const serverX509 =
    usesBefore && before !== undefined && before.Key.length > 0 ? issuerOf(before, custody) : x509;
  const signer = createSshSigner(custody.ssh(ssh));
  return {
    certificate,
    x509,
    serverX509,
    ssh: signer,
    fingerprints: {
      ssh: fingerprint(signer.publicKey),
      x509: spkiFingerprint(certificate.spki),
      serverX509: spkiFingerprint(exportSpki(visibleHalf(serverX509.key))),
    },
    trusted: tlsCertificates.map((pem) => trustedCa(parseCertificate(pem))),
    tlsCertificates,
    sshKeys: sets.flatMap((set) => set.SSH.map((pair) => text(pair.PublicKey).trim())),
  };
}

function issuerOf(pair: TLSKeyPair, custody: KeyCustody): CertificateIssuer {
  const certificate = parseCertificate(text(pair.Cert));
  return issuerFromCertificate(certificate, custody.tls(pair, certificate));
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
