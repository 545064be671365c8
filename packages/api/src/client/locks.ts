import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LockTargetSchema, LockV2 } from "#gen/teleport/legacy/types/types_pb.js";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";
import { timestampOf } from "./wire-time.ts";

/** Who or what is locked: `{ User }`, `{ Role }`, `{ AccessRequest }` … */
export type LockTargetInit = MessageInitShape<typeof LockTargetSchema>;

/** A lock to put. */
export interface NewLock {
  readonly target: LockTargetInit;
  /** What those who are locked out are told. */
  readonly message?: string | undefined;
  /** When the lock ends, in milliseconds since 1970; never where it is left out. */
  readonly expiresAt?: number | undefined;
  /** Its name; a random UUID where it is left out. A lock of that name is replaced. */
  readonly name?: string | undefined;
}

/** Locks: they stop a user, role or request at the next call, whatever its certificate says. */
export class Locks {
  readonly #auth: Services["auth"];

  constructor(services: Services) {
    this.#auth = services.auth;
  }

  /** @throws AppError NOT_FOUND where there is no such lock. */
  get(name: string, options: CallOptions = {}): Promise<LockV2> {
    return this.#auth.getLock({ Name: name }, options);
  }

  /** Locks on any of these targets; all locks where none is named. */
  async list(
    query: { readonly targets?: readonly LockTargetInit[]; readonly inForceOnly?: boolean } = {},
    options: CallOptions = {},
  ): Promise<readonly LockV2[]> {
    const { targets = [], inForceOnly = false } = query;
    const answer = await this.#auth.getLocks({ Targets: [...targets], InForceOnly: inForceOnly }, options);
    return answer.Locks;
  }

  /** Puts a lock. @returns its name. */
  async put(lock: NewLock, options: CallOptions = {}): Promise<string> {
    const name = lock.name ?? crypto.randomUUID();
    const Spec = { Target: lock.target, Message: lock.message ?? "", Expires: timestampOf(lock.expiresAt) };
    await this.#auth.upsertLock(
      { Kind: "lock", Version: "v2", Metadata: { Name: name, Namespace: "default" }, Spec },
      options,
    );
    return name;
  }

  /** @throws AppError NOT_FOUND where there is no such lock. */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.#auth.deleteLock({ Name: name }, options);
  }
}
