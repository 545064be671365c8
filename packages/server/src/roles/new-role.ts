import type { Role, RoleConditions, RoleOptions } from "./role.ts";

/** The longest duration the wire can carry: an int64 of nanoseconds, in milliseconds. */
export const MAX_DURATION_MS = 9_223_372_036_854;

/** What a role without a value of its own gets for `max_session_ttl`. */
export const DEFAULT_SESSION_TTL_MS = 30 * 60 * 60 * 1000;

/** Conditions that say nothing. */
export const noConditions: RoleConditions = {
  logins: [],
  namespaces: ["default"],
  labelSelectors: {},
  labelExpressions: {},
  rules: [],
  request: undefined,
  reviewRequests: undefined,
  impersonate: undefined,
  kubernetesUsers: [],
  kubernetesGroups: [],
  databaseNames: [],
  databaseUsers: [],
  databaseRoles: [],
  awsRoleArns: [],
  azureIdentities: [],
  gcpServiceAccounts: [],
  windowsDesktopLogins: [],
  kubernetesResources: [],
  githubOrganizations: [],
  hostGroups: [],
  hostSudoers: [],
  desktopGroups: [],
  spiffe: [],
};

/** The options of a role that sets none. */
export const defaultOptions: RoleOptions = {
  maxSessionTtlMs: DEFAULT_SESSION_TTL_MS,
  certFormat: "standard",
  forwardAgent: false,
  portForwarding: undefined,
  sshPortForwarding: undefined,
  permitX11Forwarding: false,
  requestAccess: "optional",
  requestPrompt: "",
  requireSessionMfa: "off",
  mfaVerificationIntervalMs: 0,
  lock: "",
  disconnectExpiredCert: false,
  pinSourceIp: false,
  certExtensions: [],
  recordDesktop: undefined,
  enhancedRecording: ["command", "network"],
  accessDurationFromApproval: false,
};

/** A role from the few things that it sets. */
export function newRole(
  name: string,
  parts: {
    readonly version?: Role["version"];
    readonly description?: string;
    readonly labels?: Role["labels"];
    readonly options?: Partial<RoleOptions>;
    readonly allow?: Partial<RoleConditions>;
    readonly deny?: Partial<RoleConditions>;
  } = {},
): Role {
  return {
    name,
    version: parts.version ?? "v8",
    description: parts.description ?? "",
    labels: parts.labels ?? {},
    expiresAt: undefined,
    revision: "",
    options: { ...defaultOptions, ...parts.options },
    allow: { ...noConditions, ...parts.allow },
    deny: { ...noConditions, ...parts.deny },
  };
}
