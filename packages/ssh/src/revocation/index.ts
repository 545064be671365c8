// Revocation: key revocation lists of OpenSSH written, read and asked, and the detached signature that guards them.
export { signDetached, verifyDetached } from "./detached-signature.ts";
export { encodeKrl, type KrlTemplate } from "./encode-krl.ts";
export { isRevoked, type KrlRevocation, revocationOf } from "./is-revoked.ts";
export type { Krl, KrlCertificates, KrlSignature } from "./krl.ts";
export { KrlBuilder, type KrlEdition } from "./krl-builder.ts";
export { maxKrlBytes } from "./krl-section.ts";
export { parseKrl } from "./parse-krl.ts";
export type { SerialRange } from "./serial-runs.ts";
export { SerialSet } from "./serial-set.ts";
