// CA keys at rest: encrypted under a key that is not in the database, each bound to its place.
export type { EncryptionWish } from "./decide-encryption.ts";
export { clearKeys, type KeySealing } from "./key-sealing.ts";
export { openedAuthority, sealedAuthority } from "./seal-authority.ts";
