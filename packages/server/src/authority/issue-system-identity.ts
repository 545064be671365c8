import { emptyIdentity, hostSshExtensions, identityToSubject } from "@sallyport/api";
import { fromKeyObject, issueSshCertificate } from "@sallyport/ssh";
import { encodePem, encodePrivateKeyPem, generateKey, issueCertificate } from "@sallyport/x509";
import type { SystemRole } from "../rpc/index.ts";
import type { Keyring } from "./keyring.ts";

const SKEW_MS = 60_000;

/** The key and certificates of a service, or of the local administrator. */
export interface SystemIdentity {
  readonly privateKeyPem: string;
  readonly tlsPem: string;
  /** authorized_keys line. */
  readonly sshLine: string;
  readonly notAfterAt: number;
}

export interface SystemIdentityWish {
  readonly role: SystemRole;
  readonly hostId: string;
  readonly clusterName: string;
  readonly now: number;
  readonly expiresAt: number;
  /** For a server to show, which has to do with those clients too that know nothing of a rotation yet. */
  readonly isServer?: boolean;
  /** Names and addresses that the TLS certificate of a server is for. */
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
}

/** A fresh key with certificates of the host CA; identified by `<host id>.<cluster>` and one system role. */
export async function issueSystemIdentity(
  keyring: Keyring,
  wish: SystemIdentityWish,
): Promise<SystemIdentity> {
  const { privateKey, publicKey } = await generateKey("ecdsa-p256");
  const username = `${wish.hostId}.${wish.clusterName}`;
  const identity = { ...emptyIdentity(username), roles: [wish.role], teleportCluster: wish.clusterName };
  const der = await issueCertificate({
    issuer: wish.isServer === true ? keyring.host.serverX509 : keyring.host.x509,
    subject: identityToSubject(identity),
    publicKey,
    notBeforeAt: wish.now - SKEW_MS,
    notAfterAt: wish.expiresAt,
    keyUsage: ["digitalSignature", "keyEncipherment"],
    extKeyUsage: ["serverAuth", "clientAuth"],
    sans: { dns: wish.dns ?? [], ip: wish.ip ?? [] },
  });
  const { line } = await issueSshCertificate({
    signer: keyring.host.ssh,
    use: "host",
    publicKey: fromKeyObject(publicKey),
    keyId: "",
    principals: [username, wish.hostId],
    validAfterAt: wish.now - SKEW_MS,
    validBeforeAt: wish.expiresAt,
    ...hostSshExtensions({ systemRole: wish.role, clusterName: wish.clusterName }),
  });
  return {
    privateKeyPem: encodePrivateKeyPem(privateKey),
    tlsPem: encodePem("CERTIFICATE", der),
    sshLine: line,
    notAfterAt: wish.expiresAt,
  };
}
