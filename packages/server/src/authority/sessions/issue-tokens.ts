import { createHash } from "node:crypto";
import { AppError, type Traits } from "@sallyport/api";
import type {
  GenerateAppTokenRequest,
  SnowflakeJWTRequest,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { IssueNumber } from "../../certificates/index.ts";
import { type Call, readTime } from "../../rpc/index.ts";
import { requestedCertificateCreated } from "../events.ts";
import { tokenEntry } from "../inventory-entry.ts";
import { lockCheck } from "../issue-user-certs.ts";
import type { ServiceIssueDeps } from "../service-deps.ts";
import { signToken } from "./json-web-token.ts";

const HOUR_MS = 60 * 60 * 1000;
/** Clocks of applications may be behind by this much. */
const SKEW_SECONDS = 10;

const seconds = (at: number) => Math.floor(at / 1000);

/** A token for one application, by the `jwt` authority: who its user is, with which roles and traits. */
export async function issueAppToken(deps: ServiceIssueDeps, request: GenerateAppTokenRequest, call: Call) {
  const { Username: username, Roles: roles, URI: uri } = request;
  const expiresAt = readTime(request.Expires);
  if (username === "" || roles.length === 0 || uri === "") {
    throw new AppError("BAD_PARAMETER", "a token names a user, roles and the URI of the application");
  }
  if (expiresAt === undefined || expiresAt <= call.now) {
    throw new AppError("BAD_PARAMETER", "the end of the token is missing, or has passed");
  }
  const refuseLocked = await tokenLockCheck(deps, username, roles, call.now);
  refuseLocked();
  const { jwt } = await deps.caKeys("jwt");
  const number = begin(deps, call);
  const jti = number.x509Hex;
  const now = seconds(call.now);
  const traits: Traits = Object.fromEntries(
    Object.entries(request.Traits).map(([name, list]) => [name, list.Values]),
  );
  const Token = await signToken(jwt, {
    iss: deps.clusterName,
    sub: username,
    aud: [uri],
    exp: seconds(expiresAt),
    nbf: now - SKEW_SECONDS,
    iat: now,
    jti,
    username,
    roles,
    traits,
  });
  await record(deps, call, {
    kind: "app",
    caType: "jwt",
    number,
    name: username,
    roles,
    usage: "app-jwt",
    routes: [`audience=${uri}`],
    validAfterAt: (now - SKEW_SECONDS) * 1000,
    expiresAt: seconds(expiresAt) * 1000,
    jti,
    refuseLocked,
  });
  return { Token };
}

/** An application takes the token for as long as it lives, so a lock on its user has to come before it. */
async function tokenLockCheck(
  deps: ServiceIssueDeps,
  username: string,
  names: readonly string[],
  now: number,
): Promise<() => void> {
  // The roles may be of another cluster: those that are not here have no word on how locks are taken.
  const { roles } = await deps.rolesOf(names);
  return lockCheck(deps, { username, roleNames: names, requests: [], roles }, now);
}

/** Snowflake knows an account by its first part: without region and cloud, and without the hash of a global one. */
const accountOf = (name: string) => name.split(/\.global\b/i.test(name) ? "-" : ".", 1)[0] ?? "";

/**
 * A token that logs a database service in to Snowflake, by the key whose public half its owner gave the account there.
 * An hour is the longest that Snowflake takes. It names four claims and no others, so the number of the token stays in
 * the inventory.
 */
export async function issueSnowflakeToken(deps: ServiceIssueDeps, request: SnowflakeJWTRequest, call: Call) {
  const [account, user] = [accountOf(request.AccountName), request.UserName].map((name) =>
    name.toUpperCase(),
  );
  if (!account || !user) throw new AppError("BAD_PARAMETER", "a token names an account and a user");
  const { tls } = await deps.caKeys("db_client");
  const print = createHash("sha256").update(tls.spki).digest("base64");
  const number = begin(deps, call);
  const now = seconds(call.now);
  const subject = `${account}.${user}`;
  const Token = await signToken(tls.issuer.key, {
    iss: `${subject}.SHA256:${print}`,
    sub: subject,
    iat: now,
    exp: now + HOUR_MS / 1000,
  });
  await record(deps, call, {
    kind: "database",
    caType: "db_client",
    number,
    name: subject,
    roles: [],
    usage: "snowflake-jwt",
    routes: [],
    validAfterAt: now * 1000,
    expiresAt: now * 1000 + HOUR_MS,
  });
  return { Token };
}

/** Before anything is signed: whoever shows a certificate that is revoked gets no token by it. */
function begin({ inventory }: ServiceIssueDeps, call: Call): IssueNumber {
  inventory.refuseRevoked({ keys: {}, call });
  return inventory.next(call.now);
}

/** In one commit with the audit entry; what is recorded may be released. */
async function record(
  { inventory, auditChange }: ServiceIssueDeps,
  call: Call,
  issued: Omit<Parameters<typeof tokenEntry>[0], "call"> & {
    readonly jti?: string;
    refuseLocked?(): void;
  },
): Promise<void> {
  const { jti, refuseLocked = () => undefined, ...token } = issued;
  const said = { ...token, principals: [], usage: [token.usage], ...(jti !== undefined && { jti }) };
  const audit = auditChange(requestedCertificateCreated(said, call));
  const certificate = tokenEntry({ ...token, call });
  await inventory.record({ keys: {}, call, certificate, refuseLocked }, audit);
}
