import { AppError } from "@sallyport/api";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import { type RpcPart, readNanos } from "../../rpc/index.ts";
import { createToken, type TokenDeps } from "./create-token.ts";

type TokenMethods = "createResetPasswordToken" | "getResetPasswordToken";

export function userTokenRpcs(deps: TokenDeps): RpcPart<typeof AuthService, TokenMethods> {
  return {
    createResetPasswordToken: {
      access: { decidedBy: "rules on the user" },
      audit: ["reset_password_token.create"],
      handle: (request, call) =>
        createToken(deps, { user: request.Name, type: request.Type, ttlMs: readNanos(request.TTL) }, call),
    },
    getResetPasswordToken: {
      access: {
        anyone: true,
        why: "the token is the secret that was sent to its user, who has no certificate",
      },
      handle: async (request) => {
        if (request.TokenID === "") throw new AppError("BAD_PARAMETER", "the token is missing");
        const token = await deps.tokens.resources.get(request.TokenID);
        // The error must not repeat the token.
        if (token === undefined) throw new AppError("NOT_FOUND", "there is no such token, or it has expired");
        return token;
      },
    },
  };
}
