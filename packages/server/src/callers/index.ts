// Who is calling: from the certificate of a connection to a caller with rights, for as long as they last.
export { type Authenticate, type AuthenticateDeps, createAuthenticate } from "./authenticate.ts";
export { type CallerEpoch, openCallerEpoch } from "./epoch.ts";
export { createStreamWatch, type StreamWatchDeps } from "./watch-streams.ts";
