// People and bots that may log in: their records, and the links with which they set a password.
export { acceptUser } from "./accept-user.ts";
export { loginStateRpcs } from "./login-state-rpc.ts";
export { olderUserRpcs } from "./older-rpc.ts";
export { userRpcs } from "./rpc.ts";
export type { UserDeps } from "./save-user.ts";
export { createUserStore, type UserStore } from "./store.ts";
export type { TokenDeps } from "./tokens/create-token.ts";
export { userTokenRpcs } from "./tokens/rpc.ts";
export { createUserTokens, type UserTokens } from "./tokens/store.ts";
export type { User, UserOrigin } from "./user.ts";
export { userWatchSource } from "./watch-source.ts";
