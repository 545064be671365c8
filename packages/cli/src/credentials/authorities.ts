import type { CertAuthorityV2 } from "@sallyport/api";
import {
  fingerprint,
  formatKnownHostsAuthority,
  formatUserAuthority,
  parsePublicKeyLine,
  type SshPublicKey,
} from "@sallyport/ssh";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The certificates, in PEM, of every key that is trusted now: those that sign, then those of a rotation. */
export function trustedTlsCertificates(authority: CertAuthorityV2): string[] {
  const { ActiveKeys, AdditionalTrustedKeys } = authority.Spec ?? {};
  return [...(ActiveKeys?.TLS ?? []), ...(AdditionalTrustedKeys?.TLS ?? [])].map(({ Cert }) =>
    withNewline(text(Cert)),
  );
}

/** The SSH keys that are trusted now. */
export function trustedSshKeys(authority: CertAuthorityV2): SshPublicKey[] {
  const { ActiveKeys, AdditionalTrustedKeys } = authority.Spec ?? {};
  const pairs = [...(ActiveKeys?.SSH ?? []), ...(AdditionalTrustedKeys?.SSH ?? [])];
  return pairs.map(({ PublicKey }) => parsePublicKeyLine(text(PublicKey)));
}

/** Lines of known_hosts by which clients trust the hosts of a cluster. */
export function knownHostsLines(authority: CertAuthorityV2): string[] {
  const cluster = authority.Spec?.ClusterName ?? "";
  return trustedSshKeys(authority).map((publicKey) =>
    formatKnownHostsAuthority({ patterns: [cluster, `*.${cluster}`], publicKey, comment: "type=host" }),
  );
}

/** Lines of authorized_keys by which hosts trust the users of a cluster. */
export function userAuthorityLines(authority: CertAuthorityV2): string[] {
  const comment = new URLSearchParams({ clustername: authority.Spec?.ClusterName ?? "", type: "user" });
  return trustedSshKeys(authority).map((key) => formatUserAuthority(key, comment.toString()));
}

/** The authority with only the SSH keys of a fingerprint. */
export function onlyFingerprint(authority: CertAuthorityV2, wanted: string): CertAuthorityV2 {
  const matches = ({ PublicKey }: { readonly PublicKey: Uint8Array }) =>
    fingerprint(parsePublicKeyLine(text(PublicKey))) === wanted;
  const { Spec } = authority;
  if (Spec?.ActiveKeys !== undefined) Spec.ActiveKeys.SSH = Spec.ActiveKeys.SSH.filter(matches);
  if (Spec?.AdditionalTrustedKeys !== undefined) {
    Spec.AdditionalTrustedKeys.SSH = Spec.AdditionalTrustedKeys.SSH.filter(matches);
  }
  return authority;
}

export function withNewline(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}
