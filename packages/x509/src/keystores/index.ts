// Keystores that other people's programs load: PKCS#12 and Java's JKS, written.
export { encodeJks, type JksEntry, type JksTemplate } from "./encode-jks.ts";
export { encodePkcs12, type Pkcs12Template } from "./encode-pkcs12.ts";
export type { KeyEntry } from "./keystore-entry.ts";
