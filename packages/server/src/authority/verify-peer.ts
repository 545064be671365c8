import { type Identity, identityFromSubject } from "@sallyport/api";
import {
  attributeValues,
  type Certificate,
  nameOid,
  parseCertificate,
  type TrustedCa,
  verifyIssuedBy,
} from "@sallyport/x509";
import type { Clock } from "../kernel/clock.ts";
import { isSystemRole, type PeerVerdict, type VerifyPeer } from "../rpc/index.ts";
import type { Keyring } from "./keyring.ts";

/** What the certificate of a connection proved. */
export interface Peer {
  readonly identity: Identity;
  readonly certificate: Certificate;
  readonly notAfterAt: number;
  /** Issued by the host CA to a service; else by the user CA to a user. */
  readonly isSystem: boolean;
  /** The CA it was verified against; a rotation may stop trusting it while the connection lives. */
  readonly ca: TrustedCa;
}

/**
 * Own verification of a client certificate: one certificate, issued by the CA that its holder's kind demands (a
 * system role by the host CA, a user by the user CA), for this cluster, valid now, without a usage restriction.
 */
export function createVerifyPeer(keyring: Keyring, clock: Clock, clusterName: string): VerifyPeer {
  return (certificates) => {
    const der = certificates?.[0];
    if (der === undefined) return { ok: true, peer: undefined };
    try {
      return verify(parseCertificate(der), keyring, clock.now(), clusterName);
    } catch (error) {
      return { ok: false, because: `the certificate cannot be read: ${(error as Error).message}` };
    }
  };
}

function verify(certificate: Certificate, keyring: Keyring, now: number, clusterName: string): PeerVerdict {
  const isSystem = attributeValues(certificate.subject, nameOid.organization).some(isSystemRole);
  const cas = (isSystem ? keyring.host : keyring.user).trusted;
  const verdict = verifyIssuedBy(certificate, { cas, now, usage: "clientAuth" });
  if (!verdict.ok) return { ok: false, because: `the certificate is refused: ${verdict.refusal}` };
  const issuerCluster = attributeValues(certificate.issuer, nameOid.organization)[0];
  const identity = identityFromSubject(certificate.subject, { notAfterAt: certificate.notAfterAt });
  if (identity.teleportCluster !== issuerCluster || issuerCluster !== clusterName) {
    return { ok: false, because: "the certificate is of another cluster" };
  }
  if (identity.usage.length > 0) {
    return { ok: false, because: `the certificate is for ${identity.usage.join(", ")} only` };
  }
  return {
    ok: true,
    peer: { identity, certificate, notAfterAt: certificate.notAfterAt, isSystem, ca: verdict.ca },
  };
}
