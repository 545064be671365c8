import { eachItem, timestampOf } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { served } from "../connection/served.ts";
import type { CertificateEntry } from "./certificate-entry.ts";

/** Which entries; every condition that is set must hold. */
export interface CertificateFilter {
  readonly user?: string | undefined;
  readonly serial?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly principal?: string | undefined;
  readonly kind?: string | undefined;
  readonly accessRequest?: string | undefined;
  /** Still good, and over by then; milliseconds since 1970. */
  readonly expiresBeforeAt?: number | undefined;
  readonly revokedOnly?: boolean | undefined;
  readonly goodOnly?: boolean | undefined;
}

const pageSize = 500;

/** The entries, the latest first, page by page; those about to end first where that is asked for. */
export function listCertificates(
  client: Client,
  filter: CertificateFilter,
): AsyncGenerator<CertificateEntry, void, undefined> {
  const { expiresBeforeAt, ...rest } = filter;
  const asked = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return eachItem(async (pageToken, size) => {
    const request = { ...asked, expiresBefore: timestampOf(expiresBeforeAt), pageToken, pageSize: size };
    const answer = client.certificateInventory.listCertificates(request);
    const { entries, nextPageToken } = await served("the inventory of certificates", answer);
    return { items: entries, nextKey: nextPageToken };
  }, pageSize);
}

/** The first so many of them, and whether there are more. */
export async function firstCertificates(
  client: Client,
  filter: CertificateFilter,
  limit: number,
): Promise<{ readonly entries: readonly CertificateEntry[]; readonly hasMore: boolean }> {
  const entries: CertificateEntry[] = [];
  for await (const entry of listCertificates(client, filter)) {
    if (entries.length === limit) return { entries, hasMore: true };
    entries.push(entry);
  }
  return { entries, hasMore: false };
}
