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
import type { ForeignAuthorities } from "./foreign/index.ts";
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

interface PeerTrust {
  readonly keyring: Pick<Keyring, "host" | "user">;
  readonly foreign: Pick<ForeignAuthorities, "of">;
  readonly clusterName: string;
}

/**
 * Own verification of a client certificate: one certificate, issued by the CA that its holder's kind demands (a
 * system role by the host CA, a user by the user CA), of this cluster or one that is trusted, valid now, without a
 * usage restriction.
 */
export function createVerifyPeer(
  keyring: PeerTrust["keyring"],
  clock: Clock,
  clusterName: string,
  foreign: PeerTrust["foreign"] = { of: () => undefined },
): VerifyPeer {
  const trust = { keyring, clusterName, foreign };
  return (certificates) => {
    const der = certificates?.[0];
    if (der === undefined) return { ok: true, peer: undefined };
    try {
      return verify(parseCertificate(der), trust, clock.now());
    } catch (error) {
      return { ok: false, because: `the certificate cannot be read: ${(error as Error).message}` };
    }
  };
}

/** Whether the CA of a connection is still trusted for what it vouched for. */
export function isTrusted(trust: PeerTrust, { isSystem, identity, ca }: Peer): boolean {
  const trusted = trustedFor(trust, isSystem, identity.teleportCluster);
  return trusted.some((one) => Buffer.compare(one.certificate.der, ca.certificate.der) === 0);
}

/** The CAs that a connection of this cluster or another is verified by, now. */
function trustedFor(
  { keyring, foreign, clusterName }: PeerTrust,
  isSystem: boolean,
  cluster: string,
): readonly TrustedCa[] {
  const type = isSystem ? "host" : "user";
  return cluster === clusterName ? keyring[type].trusted : (foreign.of(type, cluster)?.trusted ?? []);
}

function verify(certificate: Certificate, trust: PeerTrust, now: number): PeerVerdict {
  const isSystem = attributeValues(certificate.subject, nameOid.organization).some(isSystemRole);
  const issuerCluster = attributeValues(certificate.issuer, nameOid.organization)[0] ?? "";
  const cas = trustedFor(trust, isSystem, issuerCluster);
  const verdict = verifyIssuedBy(certificate, { cas, now, usage: "clientAuth" });
  if (!verdict.ok) return { ok: false, because: `the certificate is refused: ${verdict.refusal}` };
  const identity = identityFromSubject(certificate.subject, { notAfterAt: certificate.notAfterAt });
  if (identity.teleportCluster !== issuerCluster) {
    return { ok: false, because: "the certificate is of another cluster" };
  }
  if (identity.usage.length > 0) {
    return { ok: false, because: `the certificate is for ${identity.usage.join(", ")} only` };
  }
  // What another cluster issues may outlive its CA, which is not ours to see to.
  const notAfterAt = Math.min(certificate.notAfterAt, verdict.ca.certificate.notAfterAt);
  if (verdict.ca.certificate.notAfterAt <= now) {
    return { ok: false, because: "the authority of the certificate has expired" };
  }
  // A second before RFC 5280 has it, as each call does: a handshake fails in a way that clients try again after.
  if (notAfterAt <= now) return { ok: false, because: "the certificate is refused: expired" };
  const peer = { identity, certificate, notAfterAt, isSystem, ca: verdict.ca };
  return { ok: true, peer, expiresAt: notAfterAt };
}
