import { AppError } from "@sallyport/api";
import type {
  AuthService,
  GetLocksRequest,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import { type Access, type Call, Encoded, encodePage, type RpcPart, wholeAnswer } from "../rpc/index.ts";
import { isInForce, isTargetedBy } from "./decide-lock.ts";
import {
  deleteLock,
  demandOnLock,
  type LockDeps,
  mayOnLock,
  replaceRemoteLocks,
  upsertLock,
} from "./save-lock.ts";
import { encodeLock, lockOf, readTarget } from "./store.ts";

type LockMethods = "getLock" | "getLocks" | "upsertLock" | "deleteLock" | "replaceRemoteLocks";

/** Rules on locks may have a `where` that looks at the lock itself. */
const onTheLock: Access = { decidedBy: "rules on the lock" };

const wanted = ["list", "read"] as const;

export function lockRpcs(deps: LockDeps): RpcPart<typeof AuthService, LockMethods> {
  return {
    getLock: {
      access: onTheLock,
      handle: async ({ Name: name }, call) => {
        if (name === "") throw new AppError("BAD_PARAMETER", "the name of the lock is missing");
        const lock = await deps.locks.get(name);
        demandOnLock(call, ["read"], lock);
        if (lock === undefined) throw new AppError("NOT_FOUND", `lock ${JSON.stringify(name)} is not there`);
        return new Encoded(encodeLock(lock));
      },
    },
    getLocks: {
      access: onTheLock,
      handle: async (request, call) => {
        // Who has no rule at all is told so before anything is read.
        if (!call.caller.permissions.mayEver("lock", wanted)) demandOnLock(call, wanted, undefined);
        const instead = "name what they lock, or ask for those in force only";
        const items = await wholeAnswer("locks", instead, readableLocks(deps, request, call));
        if (items.length === 0) demandOnLock(call, wanted, undefined);
        return encodePage(1, items);
      },
    },
    upsertLock: {
      access: onTheLock,
      audit: ["lock.created"],
      handle: async (request, call) => {
        await upsertLock(deps, request, call);
        return {};
      },
    },
    deleteLock: {
      access: onTheLock,
      audit: ["lock.deleted"],
      handle: async (request, call) => {
        await deleteLock(deps, request.Name, call);
        return {};
      },
    },
    replaceRemoteLocks: {
      access: { systemRoles: ["RemoteProxy"] },
      handle: async (request, call) => {
        await replaceRemoteLocks(deps, request.ClusterName, request.Locks, call);
        return {};
      },
    },
  };
}

async function* readableLocks(
  deps: LockDeps,
  { Targets, InForceOnly }: GetLocksRequest,
  call: Call,
): AsyncGenerator<Uint8Array> {
  const filters = Targets.map(readTarget);
  for await (const message of deps.locks.all()) {
    const lock = lockOf(message);
    if (InForceOnly && !isInForce(lock, call.now)) continue;
    if (filters.length > 0 && !filters.some((filter) => isTargetedBy(lock, filter))) continue;
    if (mayOnLock(call, wanted, message)) yield encodeLock(message);
  }
}
