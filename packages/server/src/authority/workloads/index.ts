// Credentials of workloads (SVIDs), issued as they were decided.
export { issueJwtSvid } from "./issue-jwt-svid.ts";
export { issueX509Svid } from "./issue-x509-svid.ts";
export type { IssuedJwtSvid, IssuedX509Svid, JwtSvidDescription, X509SvidDescription } from "./svid.ts";
export type { SvidDeps } from "./svid-deps.ts";
