import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { type SemaphoreV3, SemaphoreV3Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { newRevision } from "../../kernel/ids.ts";
import { readTime, writeTime } from "../../rpc/index.ts";
import { type Backend, type Item, key, prefix, type Revision } from "../../storage/index.ts";
import type { Lease } from "./lease.ts";

export interface SemaphoreName {
  readonly kind: string;
  readonly name: string;
}

export interface SemaphoreStore {
  /**
   * Changes the leases of a semaphore, tried again when somebody else was faster. `decide` returns the new leases,
   * or undefined to change nothing; the result tells whether something was changed.
   */
  change(
    name: SemaphoreName,
    decide: (leases: readonly Lease[]) => readonly Lease[] | undefined,
  ): Promise<boolean>;
  list(filter: SemaphoreName): Promise<SemaphoreV3[]>;
  /** False where there was none. */
  delete(name: SemaphoreName): Promise<boolean>;
}

const ATTEMPTS = 16;
const MAX_LISTED = 10_000;
const keyOf = ({ kind, name }: SemaphoreName) => key("semaphores", kind, name);

export function openSemaphoreStore(backend: Backend): SemaphoreStore {
  return {
    change: async (name, decide) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const item = await backend.get(keyOf(name));
        const leases = decide(item === undefined ? [] : leasesOf(item));
        if (leases === undefined) return false;
        if (await put(backend, name, leases, item)) return true;
      }
      throw new AppError("COMPARE_FAILED", `semaphore ${name.kind}/${name.name} is changed too often`);
    },
    list: async ({ kind, name }) => {
      if (name !== "" && kind !== "") {
        const item = await backend.get(keyOf({ kind, name }));
        return item === undefined ? [] : [fromBinary(SemaphoreV3Schema, item.value)];
      }
      const below = kind === "" ? prefix("semaphores") : prefix("semaphores", kind);
      const page = await backend.list({ prefix: below, limit: MAX_LISTED });
      const all = page.items.map((item) => fromBinary(SemaphoreV3Schema, item.value));
      return name === "" ? all : all.filter((semaphore) => semaphore.Metadata?.Name === name);
    },
    delete: async (name) => {
      const result = await backend.commit([{ op: "delete", key: keyOf(name), condition: { is: "present" } }]);
      return result.ok;
    },
  };
}

function leasesOf(item: Item): Lease[] {
  const semaphore = fromBinary(SemaphoreV3Schema, item.value);
  return (semaphore.Spec?.Leases ?? []).map((lease) => ({
    id: lease.LeaseID,
    expiresAt: readTime(lease.Expires) ?? 0,
    holder: lease.Holder,
  }));
}

async function put(
  backend: Backend,
  { kind, name }: SemaphoreName,
  leases: readonly Lease[],
  found: Item | undefined,
): Promise<boolean> {
  const revision = newRevision<Revision>();
  const expiresAt = Math.max(0, ...leases.map((lease) => lease.expiresAt));
  const semaphore = create(SemaphoreV3Schema, {
    Kind: "semaphore",
    SubKind: kind,
    Version: "v3",
    Metadata: { Name: name, Namespace: "default", Revision: revision, Expires: writeTime(expiresAt) },
    Spec: {
      Leases: leases.map((lease) => ({
        LeaseID: lease.id,
        Expires: writeTime(lease.expiresAt),
        Holder: lease.holder,
      })),
    },
  });
  const result = await backend.commit([
    {
      op: "put",
      key: keyOf({ kind, name }),
      value: toBinary(SemaphoreV3Schema, semaphore),
      revision,
      expiresAt,
      condition: found === undefined ? { is: "absent" } : { is: "at", revision: found.revision },
    },
  ]);
  return result.ok;
}
