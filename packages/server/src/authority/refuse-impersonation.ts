import { AppError } from "@sallyport/api";
import { RefusedAct } from "../rpc/index.ts";

/**
 * Somebody wanted a certificate as another user, or with roles of others, and no role lets them. Services that watch
 * for failed logins find it as one; it names whoever asked and never the user they asked for, because what follows a
 * failed login, such as a lock, must not hit the victim.
 */
export function refuseImpersonation(message: string, because: string): never {
  const entry = { event: "user.login", code: "T1000W", method: "client.cert" };
  throw new AppError("ACCESS_DENIED", message, { cause: new RefusedAct(because, entry) });
}
