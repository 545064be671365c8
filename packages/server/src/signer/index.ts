// Keys in a PKCS#11 token: a process of its own holds the PIN, the session and the native code; here is its other end.

export { openTokenHere, type TokenInventory } from "./keys/open-token-here.ts";
export { type KeyState, keyTable, type TokenKeyRow, tokenKeyRows } from "./keys/token-key-rows.ts";
export { openSigner } from "./open-signer.ts";
export { startSigner } from "./service/start-signer.ts";
export type { NewTokenKey, TokenKeyWish, TokenSigner } from "./signer.ts";
