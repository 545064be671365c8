import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { SemaphoreLeaseSchema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { newUuid } from "../../kernel/ids.ts";
import { encodePage, type RpcPart, readTime, wholeAnswer, writeTime } from "../../rpc/index.ts";
import { acquire, keepAlive, MAX_LEASE_MS, release } from "./lease.ts";
import type { SemaphoreName, SemaphoreStore } from "./store.ts";

type Methods =
  | "acquireSemaphore"
  | "keepAliveSemaphoreLease"
  | "cancelSemaphoreLease"
  | "getSemaphores"
  | "deleteSemaphore";

const KIND = "semaphore";
const empty = () => create(EmptySchema);

export function semaphoreRpcs(store: SemaphoreStore): RpcPart<typeof AuthService, Methods> {
  return {
    acquireSemaphore: {
      access: { kind: KIND, verbs: ["create", "update"] },
      handle: async (request, { now }) => {
        const name = nameOf(request);
        const expiresAt = leaseEnd(request.Expires, now);
        const max = Number(request.MaxLeases);
        if (max < 1) throw new AppError("BAD_PARAMETER", "max_resources must be 1 or more");
        const lease = { id: newUuid(), expiresAt, holder: request.Holder };
        if (!(await store.change(name, (leases) => acquire(leases, lease, max, now)))) {
          throw new AppError("LIMIT_EXCEEDED", `all ${max} leases of ${name.kind}/${name.name} are taken`);
        }
        return create(SemaphoreLeaseSchema, {
          SemaphoreKind: name.kind,
          SemaphoreName: name.name,
          LeaseID: lease.id,
          Expires: writeTime(expiresAt),
        });
      },
    },
    keepAliveSemaphoreLease: {
      access: { kind: KIND, verbs: ["create", "update"] },
      handle: async (lease, { now }) => {
        const expiresAt = leaseEnd(lease.Expires, now);
        const kept = await store.change(nameOf(lease), (leases) =>
          keepAlive(leases, lease.LeaseID, expiresAt, now),
        );
        if (!kept) throw new AppError("NOT_FOUND", "the lease is not held any more");
        return empty();
      },
    },
    cancelSemaphoreLease: {
      access: { kind: KIND, verbs: ["create", "update"] },
      handle: async (lease, { now }) => {
        const released = await store.change(nameOf(lease), (leases) => release(leases, lease.LeaseID, now));
        if (!released) throw new AppError("NOT_FOUND", "the lease is not held any more");
        return empty();
      },
    },
    getSemaphores: {
      access: { kind: KIND, verbs: ["list", "read"] },
      handle: async ({ SemaphoreKind: kind, SemaphoreName: name }) =>
        encodePage(1, await wholeAnswer("semaphores", "name a kind and a name", store.list({ kind, name }))),
    },
    deleteSemaphore: {
      access: { kind: KIND, verbs: ["delete"] },
      handle: async (filter) => {
        const name = nameOf(filter);
        if (!(await store.delete(name))) {
          throw new AppError("NOT_FOUND", `semaphore ${name.kind}/${name.name} is not there`);
        }
        return empty();
      },
    },
  };
}

function nameOf(message: { SemaphoreKind: string; SemaphoreName: string }): SemaphoreName {
  if (message.SemaphoreKind === "" || message.SemaphoreName === "") {
    throw new AppError("BAD_PARAMETER", "a semaphore is named by kind and name; one of them is empty");
  }
  return { kind: message.SemaphoreKind, name: message.SemaphoreName };
}

function leaseEnd(expires: Parameters<typeof readTime>[0], now: number): number {
  const at = readTime(expires);
  if (at === undefined || at <= now) throw new AppError("BAD_PARAMETER", "a lease must expire in the future");
  if (at > now + MAX_LEASE_MS) throw new AppError("BAD_PARAMETER", "a lease lasts at most 24 hours");
  return at;
}
