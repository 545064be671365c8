import { AppError, formatResource, parseResource } from "@sallyport/api";
import { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { RoleV6 } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { UsersService } from "@sallyport/api/gen/teleport/users/v1/users_service_pb";
import type { JsonRoute } from "../rpc/index.ts";
import { readFields } from "./read-fields.ts";
import { roleForOlderReaders } from "./role-for-older-readers.ts";
import type { ServedRpcs } from "./served-rpcs.ts";

const { getRoles, getRole, upsertRole, deleteRole } = AuthService.method;
const { upsertUser } = UsersService.method;

const show = (role: RoleV6) => formatResource("role", roleForOlderReaders(role));

/** Users as they are written, and roles. Users are read by gRPC in every version. */
export function peopleRoutes(rpcs: ServedRpcs): readonly JsonRoute[] {
  return [
    {
      method: "POST",
      pattern: "/v2/users",
      access: rpcs.access(upsertUser),
      handle: async ({ body }, call) => {
        const { kind, message } = parseResource(readFields(await body()).object("user"));
        if (kind !== "user") throw new AppError("BAD_PARAMETER", `the body holds a ${kind}, not a user`);
        await rpcs.call(upsertUser, { user: message }, call);
      },
    },
    {
      method: "GET",
      pattern: "/v2/roles",
      access: rpcs.access(getRoles),
      handle: async (_, call) => (await rpcs.call(getRoles, {}, call)).Roles.map(show),
    },
    {
      method: "GET",
      pattern: "/v2/roles/:name",
      access: rpcs.access(getRole),
      handle: async ({ params }, call) => show(await rpcs.call(getRole, { Name: params.name ?? "" }, call)),
    },
    {
      method: "POST",
      pattern: "/v2/roles",
      access: rpcs.access(upsertRole),
      handle: async ({ body }, call) => {
        const { kind, message } = parseResource(readFields(await body()).object("role"));
        if (kind !== "role") throw new AppError("BAD_PARAMETER", `the body holds a ${kind}, not a role`);
        await rpcs.call(upsertRole, message, call);
      },
    },
    {
      method: "DELETE",
      pattern: "/v2/roles/:name",
      access: rpcs.access(deleteRole),
      handle: async ({ params }, call) => {
        await rpcs.call(deleteRole, { Name: params.name ?? "" }, call);
      },
    },
  ];
}
