import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RoleV6, RoleV6Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { isAppError } from "../errors/index.ts";
import { defaultPageSize, eachItem } from "./pages.ts";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";

/** A role to write. The one message carries versions v3 to v8, named in `Version`. */
export type RoleInit = MessageInitShape<typeof RoleV6Schema>;

/** How to list roles. */
export interface RoleListOptions extends CallOptions {
  /** Each word must be somewhere in the name or labels. */
  readonly search?: readonly string[] | undefined;
  readonly pageSize?: number | undefined;
}

/** Roles of the cluster. A write answers with the role as it is stored, with its new revision. */
export class Roles {
  readonly #auth: Services["auth"];

  constructor(services: Services) {
    this.#auth = services.auth;
  }

  /** @throws AppError NOT_FOUND where there is no such role. */
  get(name: string, options: CallOptions = {}): Promise<RoleV6> {
    return this.#auth.getRole({ Name: name }, options);
  }

  /** All roles, page after page; from a server without pages, all at once and without the search. */
  async *list(options: RoleListOptions = {}): AsyncGenerator<RoleV6, void, undefined> {
    let given = false;
    try {
      for await (const role of this.#listPaged(options)) {
        given = true;
        yield role;
      }
    } catch (error) {
      if (given || !isAppError(error, "NOT_IMPLEMENTED")) throw error;
      yield* (await this.#auth.getRoles({}, options)).Roles;
    }
  }

  /** The roles of the holder of the credentials. */
  ofCurrentUser(options: CallOptions = {}): AsyncIterable<RoleV6> {
    return this.#auth.getCurrentUserRoles({}, options);
  }

  /** @throws AppError ALREADY_EXISTS where there is such a role. */
  create(role: RoleInit, options: CallOptions = {}): Promise<RoleV6> {
    return this.#auth.createRole({ Role: role }, options);
  }

  /** Replaces a role that is there. @throws AppError COMPARE_FAILED when its revision is not the one that is sent. */
  update(role: RoleInit, options: CallOptions = {}): Promise<RoleV6> {
    return this.#auth.updateRole({ Role: role }, options);
  }

  /** Creates or replaces a role, whatever its revision. */
  async upsert(role: RoleInit, options: CallOptions = {}): Promise<RoleV6> {
    try {
      return await this.#auth.upsertRoleV2({ Role: role }, options);
    } catch (error) {
      if (!isAppError(error, "NOT_IMPLEMENTED")) throw error;
    }
    await this.#auth.upsertRole(role, options);
    return this.get(role.Metadata?.Name ?? "", options);
  }

  /** @throws AppError NOT_FOUND where there is no such role. */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.#auth.deleteRole({ Name: name }, options);
  }

  #listPaged(options: RoleListOptions) {
    const Filter = { SearchKeywords: [...(options.search ?? [])] };
    return eachItem(async (StartKey, Limit) => {
      const page = await this.#auth.listRoles({ Limit, StartKey, Filter }, options);
      return { items: page.Roles, nextKey: page.NextKey };
    }, options.pageSize ?? defaultPageSize);
  }
}
