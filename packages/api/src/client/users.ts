import type { MessageInitShape } from "@bufbuild/protobuf";
import type { UserV2, UserV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { AppError } from "../errors/index.ts";
import { defaultPageSize, eachItem } from "./pages.ts";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";

/** A user to write: `{ Kind: "user", Version: "v2", Metadata: { Name }, Spec: { Roles } }`. */
export type UserInit = MessageInitShape<typeof UserV2Schema>;

/** How to list users. */
export interface UserListOptions extends CallOptions {
  /** Each word must be somewhere in the name, roles or traits. */
  readonly search?: readonly string[] | undefined;
  readonly pageSize?: number | undefined;
}

/** Users of the cluster. A write answers with the user as it is stored, with its new revision. */
export class Users {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  /** @throws AppError NOT_FOUND where there is no such user. */
  async get(name: string, options: CallOptions = {}): Promise<UserV2> {
    return present(await this.#services.usersService.getUser({ name }, options));
  }

  /** The holder of the credentials. */
  async current(options: CallOptions = {}): Promise<UserV2> {
    return present(await this.#services.usersService.getUser({ currentUser: true }, options));
  }

  /** All users, page after page. */
  list(options: UserListOptions = {}): AsyncGenerator<UserV2, void, undefined> {
    const filter = { SearchKeywords: [...(options.search ?? [])] };
    return eachItem(async (pageToken, pageSize) => {
      const page = await this.#services.usersService.listUsers({ pageSize, pageToken, filter }, options);
      return { items: page.users, nextKey: page.nextPageToken };
    }, options.pageSize ?? defaultPageSize);
  }

  /** @throws AppError ALREADY_EXISTS where there is such a user. */
  async create(user: UserInit, options: CallOptions = {}): Promise<UserV2> {
    return present(await this.#services.usersService.createUser({ user }, options));
  }

  /** Replaces a user that is there. @throws AppError COMPARE_FAILED when its revision is not the one that is sent. */
  async update(user: UserInit, options: CallOptions = {}): Promise<UserV2> {
    return present(await this.#services.usersService.updateUser({ user }, options));
  }

  /** Creates or replaces a user, whatever its revision. */
  async upsert(user: UserInit, options: CallOptions = {}): Promise<UserV2> {
    return present(await this.#services.usersService.upsertUser({ user }, options));
  }

  /** @throws AppError NOT_FOUND where there is no such user. */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.#services.usersService.deleteUser({ name }, options);
  }
}

function present({ user }: { readonly user?: UserV2 | undefined }): UserV2 {
  if (user === undefined) throw new AppError("INTERNAL", "the server answered without a user");
  return user;
}
