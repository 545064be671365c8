// Join tokens, by which machines and bots will enter the cluster.
export { tokenRpcs } from "./rpc.ts";
export { acceptToken, type TokenDeps } from "./save-token.ts";
export { createTokenStore, type TokenStore } from "./store.ts";
export { tokenWatchSource } from "./watch-source.ts";
