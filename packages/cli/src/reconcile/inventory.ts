import type { CertificateEntry } from "../certificates/certificate-entry.ts";
import { firstCertificates } from "../certificates/list-certificates.ts";
import type { Client } from "../connection/client.ts";
import { served } from "../connection/served.ts";
import { trustedSshKeys } from "../credentials/authorities.ts";
import { loggedForms } from "./fingerprint-forms.ts";
import { plainAddress } from "./parse-sshd-message.ts";

/** What a log is held against. */
export interface Inventory {
  /** What a log may call the SSH keys by which the cluster signs for users now, each with its fingerprint. */
  authorities(): Promise<ReadonlyMap<string, string>>;
  /** Entries by serial number (decimal) and by key; at most 1000 in all. */
  find(
    serials: readonly string[],
    fingerprints: readonly string[],
  ): Promise<ReadonlyMap<string, CertificateEntry>>;
  /** Addresses from which a user has asked for certificates, of the latest {@link maxEntries}. */
  addressesOf(user: string): Promise<ReadonlySet<string>>;
}

const maxEntries = 2000;
const authorityTypes = ["user", "openssh"];

export function inventoryOf(client: Client): Inventory {
  const addresses = new Map<string, Promise<ReadonlySet<string>>>();
  return {
    authorities: () => ownAuthorities(client),
    find: async (serials, fingerprints) => {
      const asked = { serials: [...serials], fingerprints: [...fingerprints] };
      const answer = client.certificateInventory.findCertificates(asked);
      const { found } = await served("the inventory of certificates", answer);
      return new Map(found.flatMap(({ asked: by, entry }) => (entry === undefined ? [] : [[by, entry]])));
    },
    addressesOf: (user) => {
      const known = addresses.get(user) ?? addressesOf(client, user);
      addresses.set(user, known);
      return known;
    },
  };
}

async function ownAuthorities(client: Client): Promise<ReadonlyMap<string, string>> {
  const answers = authorityTypes.map((type) => client.trust.getCertAuthorities({ type, includeKey: false }));
  const all = (await Promise.all(answers)).flatMap(({ certAuthoritiesV2 }) => certAuthoritiesV2);
  return loggedForms(all.flatMap(trustedSshKeys));
}

async function addressesOf(client: Client, user: string): Promise<ReadonlySet<string>> {
  const { entries } = await firstCertificates(client, { user }, maxEntries);
  return new Set(entries.map(({ certificate }) => plainAddress(certificate?.remoteIp ?? "")));
}
