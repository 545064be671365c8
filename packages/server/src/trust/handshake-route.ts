import type { Call, JsonRoute } from "../rpc/index.ts";
import type { TrustRoomDeps } from "./deps.ts";
import { VALIDATE_PATH } from "./exchange-over-https.ts";
import { GuessLimit } from "./guess-limit.ts";
import { formatAnswer, parseIntroduction } from "./handshake-message.ts";
import { registerCluster } from "./register-cluster.ts";

/** Where other clusters introduce themselves: as a proxy passes it on, and as they send it themselves. */
export function handshakeRoutes(deps: TrustRoomDeps): readonly JsonRoute[] {
  const limit = new GuessLimit();
  return ["/v2/trustedclusters/validate", VALIDATE_PATH].map((pattern) => ({
    method: "POST" as const,
    pattern,
    access: { anyone: true as const, why: "the token is what lets a cluster in" },
    handle: async ({ body }, call) => {
      const introduce = async () =>
        formatAnswer(await registerCluster(deps, parseIntroduction(await body()), call));
      return isProxy(call) ? introduce() : limit.attempt(call.remoteAddress, call.now, introduce);
    },
  }));
}

/** It alone sees who comes to it, and limits them; here they would all have its address, and share what it may fail. */
const isProxy = ({ caller }: Call) => caller.kind === "system" && caller.roles.includes("Proxy");
