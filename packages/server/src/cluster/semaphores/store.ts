import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import { SemaphoreV3Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { newRevision } from "../../kernel/ids.ts";
import { takeTurns } from "../../resources/index.ts";
import { readTime, writeTime } from "../../rpc/index.ts";
import { type Backend, type Item, key, prefix, type Revision, segmentsOf } from "../../storage/index.ts";
import { everyItem } from "../every-item.ts";
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
  /** Each as it is stored; an empty kind or name is any. */
  list(filter: SemaphoreName): AsyncIterable<Uint8Array>;
  /** False where there was none. */
  delete(name: SemaphoreName): Promise<boolean>;
}

const ATTEMPTS = 16;
/** One always fits into an answer by itself, and no change of it costs much. */
const MAX_BYTES = 1024 * 1024;
const ALL = prefix("semaphores");
const keyOf = ({ kind, name }: SemaphoreName) => key("semaphores", kind, name);

export function openSemaphoreStore(backend: Backend): SemaphoreStore {
  return {
    // A semaphore is there for many who come at once, so they wait for each other.
    change: (name, decide) => takeTurns(backend, keyOf(name), () => change(backend, name, decide)),
    list: async function* ({ kind, name }) {
      if (name !== "" && kind !== "") {
        const item = await backend.get(keyOf({ kind, name }));
        if (item !== undefined) yield item.value;
        return;
      }
      for await (const item of everyItem(backend, kind === "" ? ALL : prefix("semaphores", kind))) {
        if (name === "" || segmentsOf(item.key)[2] === name) yield item.value;
      }
    },
    delete: async (name) => {
      const result = await backend.commit([{ op: "delete", key: keyOf(name), condition: { is: "present" } }]);
      return result.ok;
    },
  };
}

async function change(
  backend: Backend,
  name: SemaphoreName,
  decide: (leases: readonly Lease[]) => readonly Lease[] | undefined,
): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const item = await backend.get(keyOf(name));
    const leases = decide(item === undefined ? [] : leasesOf(item));
    if (leases === undefined) return false;
    if (await put(backend, name, leases, item)) return true;
  }
  throw new AppError("COMPARE_FAILED", `semaphore ${name.kind}/${name.name} is changed too often`);
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
  const value = toBinary(SemaphoreV3Schema, semaphore);
  if (value.length > Math.max(MAX_BYTES, found?.value.length ?? 0)) {
    throw new AppError("LIMIT_EXCEEDED", `semaphore ${kind}/${name} has no room for another lease`);
  }
  const result = await backend.commit([
    {
      op: "put",
      key: keyOf({ kind, name }),
      value,
      revision,
      expiresAt,
      condition: found === undefined ? { is: "absent" } : { is: "at", revision: found.revision },
    },
  ]);
  return result.ok;
}
