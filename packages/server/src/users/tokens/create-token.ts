import { create } from "@bufbuild/protobuf";
import { AppError, formatDuration } from "@sallyport/api";
import { type UserTokenV3, UserTokenV3Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { newToken } from "../../kernel/ids.ts";
import { type Call, writeTime } from "../../rpc/index.ts";
import { resetTokenCreated } from "../events.ts";
import { demandOnUser, type UserDeps } from "../save-user.ts";
import { userOf } from "../store.ts";

const HOUR_MS = 60 * 60 * 1000;

/** What a link is for: how long it lasts, and where it leads. */
const tokenKinds = {
  invite: { defaultMs: HOUR_MS, maxMs: 48 * HOUR_MS, path: "invite" },
  password: { defaultMs: 8 * HOUR_MS, maxMs: 24 * HOUR_MS, path: "reset" },
} as const;

export interface TokenDeps extends UserDeps {
  /** `host[:port]` under which people reach the web pages. */
  readonly publicAddress: string;
}

/** Makes a link with which a local user sets a password; links made for them before stop working. */
export async function createToken(
  deps: TokenDeps,
  wish: { readonly user: string; readonly type: string; readonly ttlMs: number },
  call: Call,
): Promise<UserTokenV3> {
  if (wish.user === "") throw new AppError("BAD_PARAMETER", "the name of the user is missing");
  const kind = parseKind(wish.type);
  const ttlMs = lifetime(kind, wish.ttlMs);
  const stored = await deps.users.resources.get(wish.user);
  demandOnUser(call, ["update"], stored);
  if (stored === undefined) {
    throw new AppError("NOT_FOUND", `user ${JSON.stringify(wish.user)} is not there`);
  }
  if (userOf(stored).origin.kind !== "local") {
    throw new AppError("BAD_PARAMETER", "only local users have a password to set");
  }
  const id = newToken();
  const expiresAt = call.now + ttlMs;
  const token = create(UserTokenV3Schema, {
    Kind: "user_token",
    SubKind: kind,
    Version: "v3",
    Metadata: { Name: id, Namespace: "default", ...times("Expires", expiresAt) },
    Spec: {
      User: wish.user,
      URL: `https://${deps.publicAddress}/web/${tokenKinds[kind].path}/${id}`,
      ...times("Created", call.now),
    },
  });
  const entry = resetTokenCreated(wish.user, formatDuration(ttlMs), expiresAt, call);
  const before = await deps.tokens.deletionsFor(wish.user);
  return deps.tokens.resources.create(token, ...before, deps.auditChange(entry));
}

function parseKind(type: string): keyof typeof tokenKinds {
  if (type === "" || type === "password") return "password";
  if (type === "invite") return "invite";
  throw new AppError("BAD_PARAMETER", `a token is for invite or password, not ${JSON.stringify(type)}`);
}

function lifetime(kind: keyof typeof tokenKinds, askedMs: number): number {
  const { defaultMs, maxMs } = tokenKinds[kind];
  if (askedMs < 0 || askedMs > maxMs) {
    throw new AppError("BAD_PARAMETER", `a token for ${kind} lasts at most ${formatDuration(maxMs)}`);
  }
  return askedMs === 0 ? defaultMs : askedMs;
}

function times<K extends string>(field: K, at: number) {
  return { [field]: writeTime(at) } as { [F in K]: ReturnType<typeof writeTime> & {} };
}
