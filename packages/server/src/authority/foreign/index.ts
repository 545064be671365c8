// Authorities of other clusters: what of them is accepted, and by which of them connections are verified.
export { acceptForeign } from "./accept-foreign.ts";
export { type ForeignAuthorities, MAX_CLIENT_CAS, openForeignAuthorities } from "./foreign-authorities.ts";
export { rotateExternal } from "./rotate-external.ts";
export { deleteForeign, saveForeign } from "./save-foreign.ts";
export { withoutKeys } from "./without-keys.ts";
