import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import { Encoded, type RpcPart } from "../rpc/index.ts";
import { getCurrentUser, getUser, listUsers } from "./read-users.ts";
import { onTheUser, readableUser, readableUsers } from "./rpc.ts";
import { createUser, deleteUser, type UserDeps, updateUser } from "./save-user.ts";
import { encodeUser } from "./store.ts";

type OlderMethods = "getUser" | "getUsers" | "getCurrentUser" | "createUser" | "updateUser" | "deleteUser";

/** The same users for clients of before the users service. */
export function olderUserRpcs(deps: UserDeps): RpcPart<typeof AuthService, OlderMethods> {
  return {
    getUser: {
      access: readableUser,
      handle: async (request, call) =>
        new Encoded(encodeUser(await getUser(deps, request.Name, request.WithSecrets, call))),
    },
    getUsers: {
      access: readableUsers,
      handle: async function* (request, call) {
        let startKey = "";
        do {
          const listing = { limit: 0, startKey, withSecrets: request.WithSecrets, keywords: [] };
          const page = await listUsers(deps, listing, call);
          for (const user of page.items) yield new Encoded(user);
          startKey = page.nextKey;
        } while (startKey !== "");
      },
    },
    getCurrentUser: {
      access: readableUser,
      handle: async (_, call) => new Encoded(encodeUser(await getCurrentUser(deps, call))),
    },
    createUser: {
      access: onTheUser,
      audit: ["user.create"],
      handle: async (request, call) => {
        await createUser(deps, request, call);
        return {};
      },
    },
    updateUser: {
      access: onTheUser,
      audit: ["user.update"],
      handle: async (request, call) => {
        await updateUser(deps, request, call);
        return {};
      },
    },
    deleteUser: {
      access: onTheUser,
      audit: ["user.delete"],
      handle: async (request, call) => {
        await deleteUser(deps, request.Name, call);
        return {};
      },
    },
  };
}
