import { authoritiesOf } from "../../authority/index.ts";
import type { FurtherRevocations, ListAuthorities } from "../../certificates/index.ts";
import { readTime } from "../../rpc/index.ts";
import type { Backend } from "../../storage/index.ts";
import { createRevocationStore, revocationsPrefix } from "./store.ts";

/** Revocations of X.509 SVIDs, as the lists of the SPIFFE authority name them. */
export interface X509RevocationFeed extends FurtherRevocations {
  /** Hears within the write of each change, also of the authority. Must not throw. */
  onChange(heard: () => void): () => void;
  close(): void;
}

export async function openX509RevocationFeed(
  backend: Backend,
  authorities: ListAuthorities,
): Promise<X509RevocationFeed> {
  const store = createRevocationStore(backend);
  const listeners = new Set<() => void>();
  let version = 0;
  const watch = await backend.watch({
    // A key that comes, goes or becomes the active one changes which lists there are.
    prefixes: [revocationsPrefix, authoritiesOf("spiffe")],
    onChanges: () => {
      version += 1;
      for (const heard of listeners) heard();
    },
  });
  return {
    get version() {
      return version;
    },
    /** Which key signed a number that the inventory does not know cannot be told, so that each key names them. */
    listedFor: async (fingerprint) => {
      const keys = await authorities.x509Of("spiffe");
      if (!keys.some((one) => one.fingerprint === fingerprint)) return [];
      const listed = [];
      for await (const { metadata, spec } of store.all()) {
        const serialNumber = BigInt(`0x${metadata?.name ?? "0"}`);
        listed.push({
          serialNumber,
          revokedAt: readTime(spec?.revokedAt) ?? 0,
          reason: "unspecified" as const,
        });
      }
      return listed;
    },
    onChange: (heard) => {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    close: () => {
      listeners.clear();
      watch.close();
    },
  };
}
