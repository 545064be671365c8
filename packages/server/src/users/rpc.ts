import { AppError } from "@sallyport/api";
import type { UsersService } from "@sallyport/api/gen/teleport/users/v1/users_service_pb.js";
import { type Access, encodePage, encodeWrapped, type RpcTable, readSearchWords } from "../rpc/index.ts";
import { getCurrentUser, getUser, listUsers } from "./read-users.ts";
import { createUser, deleteUser, type UserDeps, updateUser, upsertUser } from "./save-user.ts";
import { encodeUser } from "./store.ts";

/** Rules on users may have a `where` that looks at the user itself. */
export const onTheUser: Access = { decidedBy: "rules on the user" };
export const readableUser: Access = { decidedBy: "own or readable user" };
export const readableUsers: Access = { decidedBy: "readable users" };

export function userRpcs(deps: UserDeps): RpcTable<typeof UsersService> {
  return {
    getUser: {
      access: readableUser,
      handle: async (request, call) => {
        if (request.currentUser && request.name !== "") {
          throw new AppError("BAD_PARAMETER", "name and current_user exclude each other");
        }
        if (request.currentUser && request.withSecrets) {
          throw new AppError("BAD_PARAMETER", "one's own secrets cannot be read");
        }
        const user = request.currentUser
          ? await getCurrentUser(deps, call)
          : await getUser(deps, request.name, request.withSecrets, call);
        return encodeWrapped(1, encodeUser(user));
      },
    },
    listUsers: {
      access: readableUsers,
      handle: async (request, call) => {
        const listing = {
          limit: request.pageSize,
          startKey: request.pageToken,
          withSecrets: request.withSecrets,
          keywords: readSearchWords(request.filter?.SearchKeywords ?? []),
        };
        const page = await listUsers(deps, listing, call);
        return encodePage(1, page.items, 2, page.nextKey);
      },
    },
    createUser: {
      access: onTheUser,
      audit: ["user.create"],
      handle: async (request, call) =>
        encodeWrapped(1, encodeUser(await createUser(deps, request.user, call))),
    },
    updateUser: {
      access: onTheUser,
      audit: ["user.update"],
      handle: async (request, call) =>
        encodeWrapped(1, encodeUser(await updateUser(deps, request.user, call))),
    },
    upsertUser: {
      access: onTheUser,
      audit: ["user.create", "user.update"],
      handle: async (request, call) =>
        encodeWrapped(1, encodeUser(await upsertUser(deps, request.user, call))),
    },
    deleteUser: {
      access: onTheUser,
      audit: ["user.delete"],
      handle: async (request, call) => {
        await deleteUser(deps, request.name, call);
        return {};
      },
    },
  };
}
