// Who is calling: from the certificate of a connection to a caller with rights.
export { type Authenticate, type AuthenticateDeps, createAuthenticate } from "./authenticate.ts";
