import { AppError } from "@sallyport/api";
import type { UserLoginStateService } from "@sallyport/api/gen/teleport/userloginstate/v1/userloginstate_service_pb";
import type { RpcTable } from "../rpc/index.ts";

/** Nobody has a login state of their own: clients then take the stored user. */
export function loginStateRpcs(): RpcTable<typeof UserLoginStateService> {
  return {
    getUserLoginState: {
      access: { kind: "user_login_state", verbs: ["read"] },
      handle: ({ name }) => {
        throw new AppError("NOT_FOUND", `user ${JSON.stringify(name)} has no login state`);
      },
    },
  };
}
