import { identityToSshExtensions, identityToSubject } from "@sallyport/api";
import { issueSshCertificate, type SshPublicKey } from "@sallyport/ssh";
import { type Extension, encodePem, endEntityKeyUsage, issueCertificate } from "@sallyport/x509";
import type { IssueNumber } from "../certificates/index.ts";
import type { CertificateDescription } from "./describe-certificate.ts";
import type { LoadedAuthority } from "./keyring.ts";
import { refuseInput } from "./refuse-input.ts";

/** The keys that certificates are asked for. Only the certificate of a key that is given is made. */
export interface UserKeys {
  readonly ssh: SshPublicKey | undefined;
  /** SubjectPublicKeyInfo, DER. */
  readonly tls: Uint8Array | undefined;
}

export interface SignedCertificates {
  /** authorized_keys line; empty where no SSH key was given. */
  readonly ssh: string;
  /** PEM; empty where no TLS key was given. */
  readonly tls: string;
}

interface Issuing {
  readonly now: number;
  readonly number: IssueNumber;
  /** Where to ask whether the X.509 certificate is revoked. */
  readonly pointers: readonly Extension[];
}

/** Clocks of others may be behind by this much. */
export const SKEW_MS = 60_000;

/** Signs what was decided; takes a finished description and never a request. */
export async function signUserCertificates(
  authority: LoadedAuthority,
  description: CertificateDescription,
  keys: UserKeys,
  { now, number, pointers }: Issuing,
): Promise<SignedCertificates> {
  // What a role or a trait puts into a certificate and no certificate can hold is for its administrator to mend.
  const [ssh, tls] = await refuseInput("the certificate cannot be written", () =>
    Promise.all([
      keys.ssh === undefined ? "" : signSshSide(authority, description, keys.ssh, now, number.sshSerial),
      keys.tls === undefined ? "" : signTlsSide(authority, description, keys.tls, { now, number, pointers }),
    ]),
  );
  return { ssh, tls };
}

async function signTlsSide(
  { x509 }: LoadedAuthority,
  { identity, expiresAt }: CertificateDescription,
  publicKey: Uint8Array,
  { now, number, pointers }: Issuing,
): Promise<string> {
  const der = await issueCertificate({
    issuer: x509,
    subject: identityToSubject(identity),
    publicKey,
    serialNumber: number.x509Serial,
    notBeforeAt: now - SKEW_MS,
    notAfterAt: expiresAt,
    keyUsage: endEntityKeyUsage(publicKey),
    extKeyUsage: ["serverAuth", "clientAuth"],
    extensions: pointers,
  });
  return encodePem("CERTIFICATE", der);
}

export async function signSshSide(
  { ssh }: Pick<LoadedAuthority, "ssh">,
  description: CertificateDescription,
  publicKey: SshPublicKey,
  now: number,
  serial: bigint,
): Promise<string> {
  const { identity, permissions, format } = description;
  const { extensions, criticalOptions } = identityToSshExtensions(identity, {
    ...permissions,
    format,
    customExtensions: description.customExtensions,
  });
  const { line } = await issueSshCertificate({
    signer: ssh,
    use: "user",
    publicKey,
    serial,
    keyId: identity.username,
    principals: description.sshPrincipals,
    validAfterAt: now - SKEW_MS,
    validBeforeAt: description.expiresAt,
    extensions,
    criticalOptions,
  });
  return line;
}
