// Authorities of other clusters: what of them is accepted, and by which of them connections are verified.
export { type AcceptedForeign, acceptForeign } from "./accept-foreign.ts";
export {
  type ForeignAuthorities,
  type ForeignAuthority,
  openForeignAuthorities,
} from "./foreign-authorities.ts";
export { foreignRoleMap } from "./foreign-role-map.ts";
export { rotateExternal } from "./rotate-external.ts";
