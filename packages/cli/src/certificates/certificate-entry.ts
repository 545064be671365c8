import { instantOf } from "@sallyport/api";
import type { Client } from "../connection/client.ts";

/** An entry of the inventory: what one act of issuing brought, and whether it is revoked. */
export type CertificateEntry = Awaited<ReturnType<Client["certificateInventory"]["getCertificate"]>>;

export type CertificateStatus = "good" | "revoked" | "expired" | "not yet";

export function statusOf({ certificate, revocation }: CertificateEntry, now: number): CertificateStatus {
  if (revocation !== undefined) return "revoked";
  if ((instantOf(certificate?.expires) ?? now + 1) <= now) return "expired";
  return (instantOf(certificate?.validAfter) ?? 0) > now ? "not yet" : "good";
}

/** 16 digits are an id; the SSH serial numbers of this contract have more of them, in decimal. */
export const isEntryId = (text: string): boolean => /^[0-9a-f]{16}$/.test(text);

/** A JSON Web Token: it has no serial number that a revocation list could name. */
export const isToken = ({ certificate }: CertificateEntry): boolean =>
  certificate !== undefined && certificate.sshSerial === 0n && certificate.x509Serial === "";
