import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import {
  type Access,
  type Call,
  Encoded,
  encodePage,
  type RpcPart,
  readSearchWords,
  wholeAnswer,
} from "../rpc/index.ts";
import { currentRoles, getRole, listRoles } from "./read-roles.ts";
import { createRole, deleteRole, type RoleDeps, updateRole, upsertRole } from "./save-role.ts";
import { encodeRole } from "./store.ts";
import { readerAge } from "./wire/downgrade.ts";

type ReadMethods = "getRole" | "getRoles" | "listRoles" | "getCurrentUserRoles";
type WriteMethods = "createRole" | "updateRole" | "upsertRoleV2" | "upsertRole" | "deleteRole";

/** Rules on roles may have a `where` that looks at the role itself. */
const onTheRole: Access = { decidedBy: "rules on the role" };
const everyRole = { limit: 0, startKey: "", keywords: [], skipSystemRoles: false };

export function roleRpcs(deps: RoleDeps): RpcPart<typeof AuthService, ReadMethods | WriteMethods> {
  return { ...readingRpcs(deps), ...writingRpcs(deps) };
}

function readingRpcs(deps: RoleDeps): RpcPart<typeof AuthService, ReadMethods> {
  return {
    getRole: {
      access: { decidedBy: "own or readable role" },
      handle: async (request, call) => new Encoded(await getRole(deps, request.Name, call)),
    },
    getRoles: {
      access: { decidedBy: "readable roles" },
      handle: async (_, call) => {
        const instead = "list them page by page with ListRoles";
        return encodePage(1, await wholeAnswer("roles", instead, allRoles(deps, call)));
      },
    },
    listRoles: {
      access: { decidedBy: "readable roles" },
      handle: async (request, call) => {
        const page = await listRoles(
          deps,
          {
            limit: request.Limit,
            startKey: request.StartKey,
            keywords: readSearchWords(request.Filter?.SearchKeywords ?? []),
            skipSystemRoles: request.Filter?.SkipSystemRoles ?? false,
          },
          call,
        );
        return encodePage(1, page.items, 2, page.nextKey);
      },
    },
    getCurrentUserRoles: {
      access: { decidedBy: "own roles" },
      handle: async function* (_, call) {
        for await (const bytes of currentRoles(deps, call)) yield new Encoded(bytes);
      },
    },
  };
}

async function* allRoles(deps: RoleDeps, call: Call): AsyncGenerator<Uint8Array> {
  let startKey = "";
  do {
    const page = await listRoles(deps, { ...everyRole, startKey }, call);
    yield* page.items;
    startKey = page.nextKey;
  } while (startKey !== "");
}

function writingRpcs(deps: RoleDeps): RpcPart<typeof AuthService, WriteMethods> {
  return {
    createRole: {
      access: onTheRole,
      audit: ["role.created"],
      handle: async (request, call) => {
        const age = readerAge(call.clientVersion);
        return new Encoded(encodeRole(await createRole(deps, request.Role, call), age));
      },
    },
    updateRole: {
      access: onTheRole,
      audit: ["role.updated"],
      handle: async (request, call) => {
        const age = readerAge(call.clientVersion);
        return new Encoded(encodeRole(await updateRole(deps, request.Role, call), age));
      },
    },
    upsertRoleV2: {
      access: onTheRole,
      audit: ["role.created", "role.updated"],
      handle: async (request, call) => {
        const age = readerAge(call.clientVersion);
        return new Encoded(encodeRole(await upsertRole(deps, request.Role, call), age));
      },
    },
    upsertRole: {
      access: onTheRole,
      audit: ["role.created", "role.updated"],
      handle: async (request, call) => {
        await upsertRole(deps, request, call);
        return {};
      },
    },
    deleteRole: {
      access: onTheRole,
      audit: ["role.deleted"],
      handle: async (request, call) => {
        await deleteRole(deps, request.Name, call);
        return {};
      },
    },
  };
}
