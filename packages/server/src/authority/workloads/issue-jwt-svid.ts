import type { Call } from "../../rpc/index.ts";
import type { Change } from "../../storage/index.ts";
import { tokenEntry } from "../inventory-entry.ts";
import { signToken } from "../sessions/json-web-token.ts";
import { routesOf } from "./issue-x509-svid.ts";
import type { IssuedJwtSvid, JwtSvidDescription } from "./svid.ts";
import type { SvidDeps } from "./svid-deps.ts";

const seconds = (at: number) => Math.floor(at / 1000);

/** Issues a JWT SVID: recorded, together with the changes that `commitOf` makes of it, then released. */
export async function issueJwtSvid(
  deps: SvidDeps,
  description: JwtSvidDescription,
  call: Call,
  commitOf: (issued: IssuedJwtSvid) => readonly Change[],
): Promise<IssuedJwtSvid> {
  const { spiffeId, audiences, issuer, extraClaims } = description;
  const { jwt: key, tls } = await deps.caKeys("spiffe");
  const issuing = { keys: {}, call };
  deps.inventory.refuseRevoked(issuing);
  const number = deps.inventory.next(call.now);
  const expiresAt = seconds(Math.min(description.expiresAt, tls.endsAt)) * 1000;
  const jti = number.x509Hex;
  const jwt = await signToken(key, {
    ...extraClaims,
    iss: issuer,
    sub: spiffeId,
    aud: audiences,
    exp: seconds(expiresAt),
    iat: seconds(call.now),
    jti,
  });
  const issued = { jwt, jti, expiresAt };
  const certificate = tokenEntry({
    kind: "workload",
    caType: "spiffe",
    number,
    name: spiffeId,
    roles: [],
    usage: "jwt-svid",
    routes: [...routesOf(description), ...audiences.map((audience) => `audience=${audience}`)],
    validAfterAt: call.now,
    expiresAt,
    call,
  });
  await deps.inventory.record({ ...issuing, certificate }, ...commitOf(issued));
  return issued;
}
