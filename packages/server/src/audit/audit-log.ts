import { AppError } from "@sallyport/api";
import type { Clock } from "../kernel/clock.ts";
import { newRevision } from "../kernel/ids.ts";
import type { Backend, Change } from "../storage/index.ts";
import { key } from "../storage/index.ts";
import type { AuditEntry } from "./entry.ts";
import { type EntryPlace, openEntryPlaces } from "./entry-place.ts";
import { findSecret } from "./find-secret.ts";

/** An entry as it is stored: with the fields that every event of the wire contract has. */
export interface RecordedEntry extends AuditEntry {
  readonly uid: string;
  readonly time: string;
  readonly ei: number;
  readonly cluster_name: string;
}

/**
 * Where acts are written down. The entry of an act is a change in the commit of the act itself, so that neither
 * exists without the other; its key is its UUIDv7, so that key order is time order.
 */
export interface AuditLog {
  /** The change that records the entry; goes into the commit of the act. */
  change(entry: AuditEntry): Change;
  /** Records an entry that has no act to go with, for example a refusal. */
  record(entry: AuditEntry): Promise<void>;
  /** Records an event of a service as it is; only what it lacks of the common fields is filled in. */
  keep(event: AuditEntry): Promise<void>;
}

export interface AuditLogDeps {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly clusterName: string;
}

const auditKey = (uid: string) => key("audit", "log", uid);

export function openAuditLog({ backend, clock, clusterName }: AuditLogDeps): AuditLog {
  const nextPlace = openEntryPlaces();
  const put = (fields: (place: EntryPlace) => RecordedEntry): Change => {
    const place = nextPlace(clock.now());
    return {
      op: "put",
      key: auditKey(place.uid),
      value: Buffer.from(JSON.stringify(fields(place))),
      revision: newRevision(),
      condition: { is: "any" },
    };
  };
  const change = (entry: AuditEntry): Change => {
    refuseSecrets(entry);
    return put((place) => ({ ei: 0, ...entry, ...place, cluster_name: clusterName }));
  };
  return {
    change,
    record: async (entry) => {
      await backend.commit([change(entry)]);
    },
    keep: async (event) => {
      await backend.commit([put((place) => ({ ...place, ei: 0, cluster_name: clusterName, ...event }))]);
    },
  };
}

/** What is written once stays, so an entry with a secret is a mistake of ours that fails loudly. */
function refuseSecrets(entry: AuditEntry): void {
  const name = findSecret(entry);
  if (name !== undefined) {
    throw new AppError("INTERNAL", `the audit entry ${entry.event} has a field ${name}, which is a secret`);
  }
}
