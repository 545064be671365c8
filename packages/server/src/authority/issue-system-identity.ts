import { emptyIdentity, hostSshExtensions, identityToSubject } from "@sallyport/api";
import { fromKeyObject, issueSshCertificate } from "@sallyport/ssh";
import {
  encodePem,
  encodePrivateKeyPem,
  endEntityKeyUsage,
  exportSpki,
  generateKey,
  issueCertificate,
} from "@sallyport/x509";
import type { Inventory } from "../certificates/index.ts";
import type { SystemRole } from "../rpc/index.ts";
import { hostEntry } from "./inventory-entry.ts";
import type { Keyring } from "./keyring.ts";
import { serviceAlgorithm } from "./signature-suite.ts";

const SKEW_MS = 60_000;

/** The key and certificates of a service, or of the local administrator. */
interface SystemIdentity {
  readonly privateKeyPem: string;
  readonly tlsPem: string;
  /** authorized_keys line. */
  readonly sshLine: string;
  readonly notAfterAt: number;
}

export interface SystemIssuing {
  readonly keyring: Keyring;
  readonly inventory: Inventory;
}

interface SystemIdentityWish {
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
  { keyring, inventory }: SystemIssuing,
  wish: SystemIdentityWish,
): Promise<SystemIdentity> {
  // A rotation may change the authority while the signatures are made.
  const authority = keyring.host;
  const number = inventory.next(wish.now);
  const isServer = wish.isServer === true;
  const issuer = isServer ? authority.serverX509 : authority.x509;
  const { privateKey, publicKey } = await generateKey(serviceAlgorithm(issuer));
  const keys = { ssh: fromKeyObject(publicKey), x509: exportSpki(publicKey) };
  const username = `${wish.hostId}.${wish.clusterName}`;
  const identity = { ...emptyIdentity(username), roles: [wish.role], teleportCluster: wish.clusterName };
  const { x509: ownKey, serverX509: serverKey } = authority.fingerprints;
  const der = await issueCertificate({
    issuer,
    serialNumber: number.x509Serial,
    subject: identityToSubject(identity),
    publicKey: keys.x509,
    notBeforeAt: wish.now - SKEW_MS,
    notAfterAt: wish.expiresAt,
    keyUsage: endEntityKeyUsage(keys.x509),
    extKeyUsage: ["serverAuth", "clientAuth"],
    sans: { dns: wish.dns ?? [], ip: wish.ip ?? [] },
    extensions: inventory.pointers("host", isServer ? serverKey : ownKey),
  });
  const principals = [username, wish.hostId];
  const { line } = await issueSshCertificate({
    signer: authority.ssh,
    use: "host",
    publicKey: keys.ssh,
    serial: number.sshSerial,
    keyId: "",
    principals,
    validAfterAt: wish.now - SKEW_MS,
    validBeforeAt: wish.expiresAt,
    ...hostSshExtensions({ systemRole: wish.role, clusterName: wish.clusterName }),
  });
  const certificate = hostEntry({
    ...wish,
    kind: "system",
    authority,
    number,
    keys,
    name: username,
    principals,
  });
  await inventory.record({ certificate, keys });
  return {
    privateKeyPem: encodePrivateKeyPem(privateKey),
    tlsPem: encodePem("CERTIFICATE", der),
    sshLine: line,
    notAfterAt: wish.expiresAt,
  };
}
