import { createHash } from "node:crypto";
import { type CertAuthorityV2, timestampOf } from "@sallyport/api";
import { fingerprint, parsePublicKeyLine } from "@sallyport/ssh";
import { parseCertificate } from "@sallyport/x509";
import type { CertificateEntry } from "../certificates/certificate-entry.ts";
import type { Client } from "../connection/client.ts";
import { isRotating } from "./rotation-state.ts";

/** How many certificates that are good now will be refused when a rotation ends. */
interface OldCertificates {
  readonly type: string;
  readonly count: number;
  /** False where the inventory is longer than what was looked at. */
  readonly isComplete: boolean;
}

/** Somebody waits for the answer, and a rotation has days. */
const maxPages = 20;
const pageSize = 500;
const farMs = 100 * 365 * 86_400_000;

/** Of each authority that is being rotated. */
export async function countOldCertificates(
  client: Client,
  authorities: readonly CertAuthorityV2[],
  now: number,
): Promise<OldCertificates[]> {
  const rotating = authorities.filter(isRotating);
  if (rotating.length === 0) return [];
  const counts = rotating.map((one) => ({ type: one.Spec?.Type ?? "", keys: keysToDrop(one), count: 0 }));
  const look = (entry: CertificateEntry) => {
    const { sshCaFingerprint = "", x509CaFingerprint = "" } = entry.certificate ?? {};
    for (const one of counts)
      if (one.keys.has(sshCaFingerprint) || one.keys.has(x509CaFingerprint)) one.count += 1;
  };
  // Those with an end are found by it; hosts may have certificates without one.
  const complete = [
    await eachEntry(client, { expiresBefore: timestampOf(now + farMs) }, look),
    await eachEntry(client, { kind: "host", goodOnly: true }, (entry) => {
      if (entry.certificate?.expires === undefined) look(entry);
    }),
  ];
  return counts.map(({ type, count }) => ({ type, count, isComplete: complete.every((one) => one) }));
}

/** The keys that are trusted only until the rotation ends. In the phase `init` nothing is signed by them yet. */
function keysToDrop({ Spec }: CertAuthorityV2): ReadonlySet<string> {
  const { SSH = [], TLS = [] } = Spec?.AdditionalTrustedKeys ?? {};
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return new Set([
    ...SSH.map(({ PublicKey }) => fingerprint(parsePublicKeyLine(text(PublicKey)))),
    ...TLS.map(({ Cert }) =>
      createHash("sha256")
        .update(parseCertificate(text(Cert)).spki)
        .digest("hex"),
    ),
  ]);
}

type Filter = Parameters<Client["certificateInventory"]["listCertificates"]>[0];

/** @returns whether all of them were looked at. */
async function eachEntry(
  client: Client,
  filter: Filter,
  look: (entry: CertificateEntry) => void,
): Promise<boolean> {
  let pageToken = "";
  for (let page = 0; page < maxPages; page++) {
    const answer = await client.certificateInventory.listCertificates({ ...filter, pageSize, pageToken });
    for (const entry of answer.entries) look(entry);
    pageToken = answer.nextPageToken;
    if (pageToken === "") return true;
  }
  return false;
}
