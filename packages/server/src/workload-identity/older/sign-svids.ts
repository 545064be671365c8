import { AppError, isAppError } from "@sallyport/api";
import type {
  JWTSVIDRequest,
  SVIDRequest,
} from "@sallyport/api/gen/teleport/machineid/v1/workload_identity_service_pb";
import type { AuditEntry } from "../../audit/index.ts";
import { issueJwtSvid, issueX509Svid } from "../../authority/index.ts";
import type { Role } from "../../roles/index.ts";
import type { Call } from "../../rpc/index.ts";
import type { Backend } from "../../storage/index.ts";
import { durationMs } from "../identities/read-identity.ts";
import { findAsker } from "../issuing/asker.ts";
import { jwtSvidIssued, x509SvidIssued } from "../issuing/events.ts";
import type { IssuingDeps } from "../issuing/issue-deps.ts";
import { checkAudiences } from "../issuing/read-wish.ts";
import { orThrow } from "../refusal.ts";
import { decideOlderJwt, decideOlderX509, type OlderQuestion } from "./decide-older-svid.ts";

export interface OlderDeps extends IssuingDeps {
  readonly backend: Backend;
}

const MAX_ASKED = 50;
const FAILED = "TSPIFFE000E";

export async function signX509Svids(deps: OlderDeps, asked: readonly SVIDRequest[], call: Call) {
  const { roles } = await findAsker(deps, undefined, checked(asked, call));
  const svids = [];
  for (const one of asked) {
    const names = { dnsSans: [...new Set(one.dnsSans)], ipSans: [...new Set(one.ipSans)] };
    const question = questionOf(deps, roles, { ...one, ...names }, call);
    const said = { spiffeId: idOf(deps, one), workloadIdentity: "", ...names };
    const failed = x509SvidIssued(said, { serialNumber: "" }, one, call);
    const issued = await orAudited(deps, failed, () => {
      const description = orThrow(decideOlderX509(question));
      return issueX509Svid(deps, description, one.publicKey, call, (svid) => [
        deps.auditChange(x509SvidIssued(description, svid, one, call)),
      ]);
    });
    svids.push({ certificate: issued.der, spiffeId: said.spiffeId, hint: one.hint });
  }
  return svids;
}

export async function signJwtSvids(deps: OlderDeps, asked: readonly JWTSVIDRequest[], call: Call) {
  const { roles } = await findAsker(deps, undefined, checked(asked, call));
  const svids = [];
  for (const one of asked) {
    const question = questionOf(deps, roles, { ...one, dnsSans: [], ipSans: [] }, call);
    const said = { spiffeId: idOf(deps, one), audiences: one.audiences };
    const failed = jwtSvidIssued(said, { jti: "" }, one, call);
    const issued = await orAudited(deps, failed, () => {
      const token = { audiences: checkAudiences(one.audiences), issuer: deps.issuer };
      const description = orThrow(decideOlderJwt(question, token));
      return issueJwtSvid(deps, description, call, (svid) => [
        deps.auditChange(jwtSvidIssued(description, svid, one, call)),
      ]);
    });
    svids.push({ jwt: issued.jwt, jti: issued.jti, ...said, hint: one.hint });
  }
  return svids;
}

function checked(asked: readonly Sizes[], call: Call): Call {
  const fail = (why: string) => {
    throw new AppError("BAD_PARAMETER", why);
  };
  if (asked.length === 0) fail("svids is empty");
  if (asked.length > MAX_ASKED) fail(`a call asks for at most ${MAX_ASKED} SVIDs`);
  for (const { hint, spiffeIdPath, ...lists } of asked) {
    const names = [...(lists.dnsSans ?? []), ...(lists.ipSans ?? []), ...(lists.audiences ?? [])];
    if (names.length > MAX_NAMES) fail(`an SVID has at most ${MAX_NAMES} names`);
    if (hint.length > MAX_HINT) fail(`hint is longer than ${MAX_HINT} characters`);
    const longest = Math.max(spiffeIdPath.length, ...names.map((name) => name.length));
    if (longest > MAX_TEXT) fail(`a path or name is longer than ${MAX_TEXT} characters`);
  }
  return call;
}

/** All of it goes into the audit log, also where it is refused. */
interface Sizes {
  readonly hint: string;
  readonly spiffeIdPath: string;
  readonly dnsSans?: readonly string[];
  readonly ipSans?: readonly string[];
  readonly audiences?: readonly string[];
}
const MAX_NAMES = 50;
const MAX_HINT = 256;
const MAX_TEXT = 2048;

type Asked = Pick<SVIDRequest, "spiffeIdPath" | "dnsSans" | "ipSans" | "ttl">;

const questionOf = (
  { clusterName }: OlderDeps,
  roles: readonly Role[],
  { spiffeIdPath: path, dnsSans, ipSans, ttl }: Asked,
  { caller, now }: Call,
): OlderQuestion => ({
  roles,
  clusterName,
  wish: { path, dnsSans, ipSans },
  requestedMs: durationMs(ttl),
  callerEndsAt: caller.identity?.expires?.getTime(),
  now,
});

const idOf = ({ clusterName }: OlderDeps, { spiffeIdPath }: Pick<SVIDRequest, "spiffeIdPath">) =>
  `spiffe://${clusterName}${spiffeIdPath}`;

/** A refusal stands in the log as well, before it is answered. */
async function orAudited<Issued>(
  deps: OlderDeps,
  failed: AuditEntry,
  issue: () => Promise<Issued>,
): Promise<Issued> {
  try {
    return await issue();
  } catch (error) {
    if (isAppError(error)) await deps.backend.commit([deps.auditChange({ ...failed, code: FAILED })]);
    throw error;
  }
}
