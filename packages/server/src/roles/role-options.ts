import type { Role, RoleOptions } from "./role.ts";

/** The options of several roles as one; each combines in its own way. */
export interface CombinedOptions {
  /** The shortest of all roles, in milliseconds. */
  readonly maxSessionTtlMs: number;
  readonly certFormat: "standard" | "oldssh";
  readonly forwardAgent: boolean;
  readonly portForwarding: { readonly local: boolean; readonly remote: boolean };
  readonly permitX11Forwarding: boolean;
  readonly pinSourceIp: boolean;
  readonly disconnectExpiredCert: boolean;
  readonly certExtensions: RoleOptions["certExtensions"];
  readonly requireSessionMfa: boolean;
  /** Every request of this user needs a reason. */
  readonly requestReasonRequired: boolean;
  /** Clients ask for all roles at login by themselves. */
  readonly requestsAutomatically: boolean;
  /** The first of `requestPrompts`; "" = none. */
  readonly requestPrompt: string;
  /** Trimmed, each once, in role order. */
  readonly requestPrompts: readonly string[];
  readonly accessDurationFromApproval: boolean;
}

export function combineOptions(roles: readonly Role[]): CombinedOptions {
  const options = roles.map((role) => role.options);
  const prompts = [...new Set(options.map((one) => one.requestPrompt.trim()).filter((text) => text !== ""))];
  return {
    maxSessionTtlMs: Math.min(...options.map((one) => one.maxSessionTtlMs).filter((ttl) => ttl > 0)),
    certFormat: options.some((one) => one.certFormat === "oldssh") ? "oldssh" : "standard",
    forwardAgent: options.some((one) => one.forwardAgent),
    portForwarding: combinePortForwarding(options),
    permitX11Forwarding: options.some((one) => one.permitX11Forwarding),
    pinSourceIp: options.some((one) => one.pinSourceIp),
    disconnectExpiredCert: options.some((one) => one.disconnectExpiredCert),
    certExtensions: options.flatMap((one) => one.certExtensions),
    requireSessionMfa: options.some((one) => one.requireSessionMfa !== "off"),
    requestReasonRequired: options.some((one) => one.requestAccess === "reason"),
    requestsAutomatically: options.some((one) => one.requestAccess !== "optional"),
    requestPrompt: prompts[0] ?? "",
    requestPrompts: prompts,
    accessDurationFromApproval: options.some((one) => one.accessDurationFromApproval),
  };
}

/**
 * The older switch, where it is on and stands alone, opens everything. Otherwise a direction is closed if any
 * role closes it, and the older switch can only close both where no role uses the newer one.
 */
function combinePortForwarding(options: readonly RoleOptions[]): CombinedOptions["portForwarding"] {
  if (options.some((one) => one.portForwarding === true && one.sshPortForwarding === undefined)) {
    return { local: true, remote: true };
  }
  const blocks = options.map((one) => one.sshPortForwarding).filter((block) => block !== undefined);
  const saysSomething = blocks.some((block) => block.local !== undefined || block.remote !== undefined);
  if (!saysSomething && options.some((one) => one.portForwarding === false)) {
    return { local: false, remote: false };
  }
  return {
    local: !blocks.some((block) => block.local === false),
    remote: !blocks.some((block) => block.remote === false),
  };
}

/**
 * How long a local proxy goes on before the second factor of a session is due again: the shortest of the roles that
 * require one, or of all roles where the cluster requires it. Undefined where nothing limits it.
 */
export function combineMfaInterval(roles: readonly Role[], isRequiredByCluster: boolean): number | undefined {
  const intervals = roles
    .filter(({ options }) => isRequiredByCluster || options.requireSessionMfa !== "off")
    .map(({ options }) => options.mfaVerificationIntervalMs)
    .filter((interval) => interval > 0);
  return intervals.length === 0 ? undefined : Math.min(...intervals);
}

export type LockingMode = "strict" | "best_effort";

/** What happens while the view of locks is stale. A role's word wins over the cluster's, `strict` over all. */
export function combineLockingMode(roles: readonly Role[], clusterMode: LockingMode): LockingMode {
  if (roles.some((role) => role.options.lock === "strict")) return "strict";
  return roles.some((role) => role.options.lock === "best_effort") ? "best_effort" : clusterMode;
}
