import { AppError, isAppError, type Traits } from "@sallyport/api";
import type { AuditEntry } from "../audit/index.ts";
import type { Inventory } from "../certificates/index.ts";
import type { LockingMode, LockSubject } from "../locks/index.ts";
import {
  applyTraits,
  combineLockingMode,
  decideImpersonation,
  mayImpersonateSomebody,
  type Role,
} from "../roles/index.ts";
import { type Call, ipOf } from "../rpc/index.ts";
import type { Change } from "../storage/index.ts";
import { decideGround } from "./decide-ground.ts";
import { decideLifetime } from "./decide-lifetime.ts";
import { describeCertificate } from "./describe-certificate.ts";
import { certificateCreated } from "./events.ts";
import { userEntry } from "./inventory-entry.ts";
import type { Keyring } from "./keyring.ts";
import { refuseImpersonation } from "./refuse-impersonation.ts";
import { type RouteDeps, refuseUnknownRoute } from "./refuse-unknown-route.ts";
import type { Generations, Renewal } from "./renewals/generations.ts";
import { type SignedCertificates, signUserCertificates, type UserKeys } from "./sign-user-certificates.ts";
import {
  type CertSubject,
  type CertUser,
  type GrantedRequest,
  type Ground,
  isLocalProxy,
  type UserCertsWish,
} from "./user-certs.ts";

export interface IssueDeps extends RouteDeps {
  readonly keyring: Keyring;
  /** The stored user, undefined where there is none. */
  userOf(name: string): Promise<CertUser | undefined>;
  rolesOf(
    names: readonly string[],
  ): Promise<{ readonly roles: readonly Role[]; readonly missing: readonly string[] }>;
  /** What these requests lend to the user now; throws where one of them cannot be used. */
  grantsOf(ids: readonly string[], user: CertUser, now: number): Promise<readonly GrantedRequest[]>;
  lockOn(subjects: readonly LockSubject[], now: number, mode: LockingMode): string | undefined;
  /** The cluster's word on what holds while the locks in force are not known. */
  lockingMode(): Promise<LockingMode>;
  /** The cluster's default lifetime, in milliseconds. */
  defaultTtlMs(): Promise<number>;
  /** Whether the cluster wants a second factor for every session. */
  requiresSessionMfa(): Promise<boolean>;
  auditChange(entry: AuditEntry): Change;
  readonly inventory: Inventory;
  readonly generations: Generations;
  nonce(): string;
}

interface IssuedUserCerts extends SignedCertificates {
  readonly isRenewable: boolean;
}

const MAX_ATTEMPTS = 7;

/**
 * Issues certificates: who may have them, what they say, how long they live, then signed, recorded and released. A
 * request that somebody changes on the way is looked at anew: what it lends may be less by now, or the same.
 */
export async function issueUserCerts(
  deps: IssueDeps,
  wish: UserCertsWish,
  keys: UserKeys,
  call: Call,
): Promise<IssuedUserCerts> {
  for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
    try {
      return await issueOnce(deps, wish, keys, call);
    } catch (error) {
      if (!(error instanceof ChangedRequest)) throw error;
    }
  }
  return issueOnce(deps, wish, keys, call);
}

/** Nothing was recorded and nothing released, because an access request is not what was decided on. */
class ChangedRequest extends AppError {
  constructor(cause: AppError) {
    super("COMPARE_FAILED", cause.message, { cause });
  }
}

async function issueOnce(
  deps: IssueDeps,
  wish: UserCertsWish,
  keys: UserKeys,
  call: Call,
): Promise<IssuedUserCerts> {
  const issuing = { keys: { ssh: keys.ssh, x509: keys.tls }, call };
  deps.inventory.refuseRevoked(issuing);
  const subject = await decideSubject(deps, wish, call);
  const refuseLocked = await lockCheck(deps, subject, call.now);
  refuseLocked();
  const lifetime = decideLifetime({
    subject,
    now: call.now,
    askedAt: wish.expiresAt,
    defaultTtlMs: await deps.defaultTtlMs(),
    callerExpiresAt: call.caller.identity?.expires?.getTime(),
    callerRenewable: subject.renewable,
    isSingleUse: wish.isSingleUse,
    isLocalProxy: isLocalProxy(wish),
    requiresSessionMfa: isLocalProxy(wish) && (await deps.requiresSessionMfa()),
    authorityEndsAt: deps.keyring.user.certificate.notAfterAt,
  });
  if (!lifetime.allow) throw new AppError(lifetime.reason, lifetime.because);
  const renew = async () => renewalOf(deps, subject, lifetime.expiresAt, call);
  const renewal = await renew();
  const verdict = describeCertificate({
    subject,
    renewal,
    wish,
    caller: call.caller,
    clusterName: deps.clusterName,
    now: call.now,
    expiresAt: lifetime.expiresAt,
    remoteIp: ipOf(call.remoteAddress),
    nonce: deps.nonce(),
  });
  if (!verdict.allow) throw new AppError("ACCESS_DENIED", verdict.because);
  const { description } = verdict;
  const number = deps.inventory.next(call.now);
  // A rotation may change the authority while the signatures are made.
  const authority = deps.keyring.user;
  const pointers = deps.inventory.pointers("user", authority.fingerprints.x509);
  const signed = await signUserCertificates(authority, description, keys, {
    now: call.now,
    number,
    pointers,
  });
  const certificate = userEntry({ authority, description, keys, number, call });
  const entry = deps.auditChange(certificateCreated(description, call));
  await record(deps, { ...issuing, certificate, refuseLocked }, subject, entry);
  if (renewal !== undefined && !(await deps.generations.count(renewal))) {
    // Two who renewed one certificate at the same moment: the second one is found out here, and locked out.
    await renew();
    throw new AppError("COMPARE_FAILED");
  }
  return { ...signed, isRenewable: renewal !== undefined };
}

/** Recorded before it is released: an answer that was given is known, whatever happens next. */
async function record(
  { inventory }: IssueDeps,
  issue: Parameters<Inventory["record"]>[0],
  { requests }: CertSubject,
  entry: Change,
): Promise<void> {
  const unchanged = requests.flatMap((request) => request.unchanged ?? []);
  try {
    await inventory.record(issue, ...unchanged, entry);
  } catch (error) {
    throw unchanged.length > 0 && isAppError(error, "COMPARE_FAILED") ? new ChangedRequest(error) : error;
  }
}

async function renewalOf(
  deps: IssueDeps,
  { renewable }: CertSubject,
  endsAt: number,
  call: Call,
): Promise<Renewal | undefined> {
  const { identity } = call.caller;
  return renewable && identity !== undefined ? deps.generations.next(identity, endsAt, call) : undefined;
}

/** Whose certificate it is to be and with what; refuses where the caller may not have it. */
export async function decideSubject(deps: IssueDeps, wish: UserCertsWish, call: Call): Promise<CertSubject> {
  const { caller } = call;
  const own = caller.kind === "user" ? await appliedRoles(deps, caller.roles, caller.traits) : [];
  const ground = decideGround(caller, wish, mayImpersonateSomebody(own));
  if (!ground.allow) {
    if (ground.isImpersonation) refuseImpersonation(ground.because, ground.because);
    throw new AppError(ground.reason, ground.because);
  }
  const target = caller.origin === undefined ? await deps.userOf(wish.username) : remoteTarget(caller);
  const other = caller.name !== wish.username;
  // An unknown user and one that cannot be impersonated answer the same.
  if (target === undefined || (other && target.isSso)) {
    throw new AppError("ACCESS_DENIED", noCertificateFor(wish), { cause: "no such user, or a user by SSO" });
  }
  const requests = await grantedRequests(deps, wish, call, target, ground.ground);
  const base = baseOf(wish, call, target, ground.ground);
  // Before a role is looked up: whether it is there is nobody's business who may not have it.
  checkImpersonation(own, call, target, ground.ground, wish);
  const roleNames = [...new Set([...base.roles, ...requests.flatMap((request) => request.roles)])].sort();
  const roles = await appliedRoles(deps, roleNames, base.traits);
  await refuseUnknownRoute(wish, { roles, traits: base.traits }, deps);
  const roleRequest = ground.ground === "role request";
  return {
    ground: ground.ground,
    username: wish.username,
    roleNames,
    traits: base.traits,
    roles,
    requests,
    impersonator: impersonatorOf(ground.ground, call),
    disallowReissue: roleRequest && !wish.reissuableRoleImpersonation,
    renewable: ground.ground === "self" && !wish.isSingleUse && caller.identity?.renewable === true,
  };
}

const noCertificateFor = ({ username }: UserCertsWish) =>
  `no certificate can be had for user ${JSON.stringify(username)}: no role allows it, or there is no such local user`;

/** A user of another cluster is not stored here: they are what the map made of their certificate. */
const remoteTarget = ({ name, roles, traits }: Call["caller"]): CertUser => ({
  name,
  roles,
  traits,
  isSso: false,
});

/** The roles and traits before any access request: the certificate's for oneself, the stored ones otherwise. */
function baseOf(wish: UserCertsWish, { caller }: Call, target: CertUser, ground: Ground) {
  if (ground === "role request") {
    if (wish.roleRequests.length === 0) throw new AppError("BAD_PARAMETER", "a role request names its roles");
    return { roles: wish.roleRequests, traits: target.traits };
  }
  const startsAnew = ground !== "self" || wish.dropAccessRequests.length > 0;
  return startsAnew ? target : { roles: caller.roles, traits: caller.traits };
}

async function grantedRequests(
  deps: IssueDeps,
  wish: UserCertsWish,
  { caller, now }: Call,
  target: CertUser,
  ground: Ground,
): Promise<readonly GrantedRequest[]> {
  const active = caller.identity?.activeRequests ?? [];
  if (ground !== "self") {
    // Whatever a request lent ends with it, so nothing that outlives the request is had by it (threat 17).
    if (active.length === 0 && wish.accessRequests.length === 0) return [];
    throw new AppError(
      "ACCESS_DENIED",
      "access requests go into one's own certificate, without role requests",
    );
  }
  const drop = wish.dropAccessRequests;
  const dropAll = drop.length === 1 && drop[0] === "*";
  const ids = dropAll
    ? []
    : [...new Set([...active, ...wish.accessRequests])].filter((id) => !drop.includes(id));
  if (ids.length === 0) return [];
  const granted = await deps.grantsOf(ids, target, now);
  if (granted.filter((request) => request.resourceIds.length > 0).length > 1) {
    throw new AppError("BAD_PARAMETER", "a certificate can hold one access request for resources");
  }
  return granted;
}

function checkImpersonation(
  own: readonly Role[],
  { caller }: Call,
  target: CertUser,
  ground: Ground,
  wish: UserCertsWish,
): void {
  if (ground !== "impersonation" && ground !== "role request") return;
  const self = { name: caller.name, roles: caller.roles, traits: caller.traits };
  const roles = (ground === "impersonation" ? target.roles : wish.roleRequests).map((name) => ({
    name,
    subject: { kind: "role", metadata: { name } },
  }));
  const user =
    ground === "impersonation"
      ? { name: target.name, roles: target.roles, traits: target.traits }
      : undefined;
  const verdict = decideImpersonation(own, self, { user, roles });
  const message = user === undefined ? "no role allows this impersonation" : noCertificateFor(wish);
  if (!verdict.allow) refuseImpersonation(message, verdict.because);
}

function impersonatorOf(ground: Ground, { caller }: Call): string {
  return ground === "self" ? (caller.identity?.impersonator ?? "") : caller.name;
}

export async function appliedRoles(
  deps: Pick<IssueDeps, "rolesOf">,
  names: readonly string[],
  traits: Traits,
): Promise<readonly Role[]> {
  const { roles, missing } = await deps.rolesOf(names);
  const [first] = missing;
  if (first !== undefined) {
    throw new AppError(
      "NOT_FOUND",
      `role ${JSON.stringify(first)} is not there; create it, or take it from the user`,
    );
  }
  return roles.map((role) => applyTraits(role, traits));
}

/** To be called again by the inventory when the certificates are signed: a lock may have come in between. */
export async function lockCheck(
  deps: Pick<IssueDeps, "lockOn" | "lockingMode">,
  subject: Pick<CertSubject, "username" | "roleNames" | "requests" | "roles">,
  now: number,
): Promise<() => void> {
  const { username, roleNames, requests, roles } = subject;
  const subjects: LockSubject[] = [
    { field: "user", value: username },
    ...roleNames.map((value) => ({ field: "role", value }) as const),
    ...requests.map(({ id }) => ({ field: "access_request", value: id }) as const),
  ];
  const mode = combineLockingMode(roles, await deps.lockingMode());
  return () => {
    const lock = deps.lockOn(subjects, now, mode);
    if (lock !== undefined) throw new AppError("LOCKED", lock);
  };
}
