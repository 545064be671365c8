import { create, toBinary } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";
import {
  type AuthService,
  GenerateTokenResponseSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  type ProvisionTokenV2,
  ProvisionTokenV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { encodePage, type RpcPart, readNanos, wholeAnswer } from "../rpc/index.ts";
import { generateToken, saveToken, type TokenDeps } from "./save-token.ts";

type Methods =
  | "getToken"
  | "getTokens"
  | "createTokenV2"
  | "upsertTokenV2"
  | "deleteToken"
  | "upsertToken"
  | "createToken"
  | "generateToken";

const KIND = "token";
const audit = ["join_token.create"];
const empty = () => create(EmptySchema);
const DEFAULT_TTL_MS = 30 * 60_000;

/** Join tokens as resources; joining with them is not served yet. */
export function tokenRpcs(deps: TokenDeps): RpcPart<typeof AuthService, Methods> {
  return {
    getToken: {
      access: { kind: KIND, verbs: ["read"] },
      handle: async ({ Name }) => {
        const token = await deps.tokens.get(Name);
        // The name is often the secret itself, so it is not repeated.
        if (token === undefined) throw new AppError("NOT_FOUND", "the token is not there, or has expired");
        return token;
      },
    },
    getTokens: {
      access: { kind: KIND, verbs: ["list", "read"] },
      handle: async () => {
        const instead = "read them one by one, by name";
        return encodePage(1, await wholeAnswer("tokens", instead, encodedTokens(deps)));
      },
    },
    createTokenV2: saving(deps, "create", ({ Token }) => Token.value),
    upsertTokenV2: saving(deps, "upsert", ({ Token }) => Token.value),
    createToken: saving(deps, "create", (token: ProvisionTokenV2) => token),
    upsertToken: saving(deps, "upsert", (token: ProvisionTokenV2) => token),
    deleteToken: {
      access: { kind: KIND, verbs: ["delete"] },
      handle: async ({ Name }) => {
        if ((await deps.tokens.get(Name)) === undefined) {
          throw new AppError("NOT_FOUND", "the token is not there, or has expired");
        }
        await deps.tokens.delete(Name);
        return empty();
      },
    },
    generateToken: {
      access: { kind: KIND, verbs: ["create"] },
      audit,
      handle: async ({ Token, Roles, TTL }, call) => {
        const ttlMs = TTL === 0n ? DEFAULT_TTL_MS : readNanos(TTL);
        const name = await generateToken(deps, { roles: Roles, ttlMs, name: Token }, call);
        return create(GenerateTokenResponseSchema, { Token: name });
      },
    },
  };
}

async function* encodedTokens({ tokens }: TokenDeps): AsyncGenerator<Uint8Array> {
  for await (const token of tokens.all()) yield toBinary(ProvisionTokenV2Schema, token);
}

function saving<Request>(
  deps: TokenDeps,
  how: "create" | "upsert",
  tokenOf: (request: Request) => ProvisionTokenV2 | undefined,
) {
  return {
    access: { kind: KIND, verbs: how === "create" ? (["create"] as const) : (["create", "update"] as const) },
    audit,
    handle: async (request: Request, call: Parameters<typeof saveToken>[3]) => {
      await saveToken(deps, tokenOf(request), how, call);
      return empty();
    },
  };
}
