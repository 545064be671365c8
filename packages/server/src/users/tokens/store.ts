import { type UserTokenV3, UserTokenV3Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { createResourceStore, type ResourceStore } from "../../resources/index.ts";
import { type Backend, type Change, key, prefix } from "../../storage/index.ts";

const tokenKey = (id: string) => key("user_tokens", id, "params");

/** Open invitations and password resets: `/user_tokens/<id>/params`; the id is the secret of the link. */
export interface UserTokens {
  readonly resources: ResourceStore<UserTokenV3>;
  /** The changes that take away every token of the user; each may have gone already. */
  deletionsFor(user: string): Promise<readonly Change[]>;
}

export function createUserTokens(backend: Backend): UserTokens {
  const resources = createResourceStore({
    backend,
    desc: UserTokenV3Schema,
    noun: "user token",
    prefix: prefix("user_tokens"),
    keyOf: tokenKey,
  });
  return {
    resources,
    deletionsFor: async (user) => {
      const changes: Change[] = [];
      for await (const token of resources.all()) {
        if (token.Spec?.User !== user) continue;
        changes.push({ op: "delete", key: tokenKey(token.Metadata?.Name ?? ""), condition: { is: "any" } });
      }
      return changes;
    },
  };
}
