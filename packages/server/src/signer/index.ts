// Keys in a PKCS#11 token: a process of its own holds the PIN, the session and the native code; here is its other end.
export { openSigner } from "./open-signer.ts";
export { runSigner } from "./service/run-signer.ts";
export type { NewTokenKey, TokenKeyWish, TokenSigner } from "./signer.ts";
