import type { Traits } from "@sallyport/api";
import type { Verb } from "../rpc/caller.ts";

/** A role as decisions see it: defaults of its version filled in, nothing evaluated yet. Field names are those of the wire's JSON, in camel case. */
export interface Role {
  readonly name: string;
  readonly version: RoleVersion;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since 1970; undefined = never. */
  readonly expiresAt: number | undefined;
  readonly revision: string;
  readonly options: RoleOptions;
  readonly allow: RoleConditions;
  readonly deny: RoleConditions;
}

export const roleVersions = ["v3", "v4", "v5", "v6", "v7", "v8"] as const;
export type RoleVersion = (typeof roleVersions)[number];

/** Key → accepted values, as a role's label selector states them. */
export type LabelSelector = Readonly<Record<string, readonly string[]>>;

/** What labels and label expressions can be set for; the JSON names are `<kind>_labels` and `<kind>_labels_expression`. */
export const labelledKinds = [
  "node",
  "app",
  "kubernetes",
  "db",
  "db_service",
  "windows_desktop",
  "group",
  "cluster",
  "workload_identity",
] as const;
export type LabelledKind = (typeof labelledKinds)[number];

export interface RoleConditions {
  readonly logins: readonly string[];
  readonly namespaces: readonly string[];
  readonly labelSelectors: Readonly<Partial<Record<LabelledKind, LabelSelector>>>;
  readonly labelExpressions: Readonly<Partial<Record<LabelledKind, string>>>;
  readonly rules: readonly Rule[];
  readonly request: RequestConditions | undefined;
  readonly reviewRequests: ReviewConditions | undefined;
  readonly impersonate: ImpersonateConditions | undefined;
  readonly kubernetesUsers: readonly string[];
  readonly kubernetesGroups: readonly string[];
  readonly databaseNames: readonly string[];
  readonly databaseUsers: readonly string[];
  readonly databaseRoles: readonly string[];
  readonly awsRoleArns: readonly string[];
  readonly azureIdentities: readonly string[];
  readonly gcpServiceAccounts: readonly string[];
  readonly windowsDesktopLogins: readonly string[];
  readonly kubernetesResources: readonly KubernetesResource[];
  readonly githubOrganizations: readonly string[];
  readonly hostGroups: readonly string[];
  readonly hostSudoers: readonly string[];
  readonly desktopGroups: readonly string[];
  readonly spiffe: readonly SpiffeCondition[];
}

/** Paths of SPIFFE IDs, and the names that a certificate for one may have besides. */
export interface SpiffeCondition {
  /** A literal, with `*` for any text, or `^…$`. */
  readonly path: string;
  /** Each literal, with `*`, or `^…$`. */
  readonly dnsSans: readonly string[];
  /** Networks in CIDR form. */
  readonly ipSans: readonly string[];
}

export interface KubernetesResource {
  readonly kind: string;
  readonly apiGroup: string;
  readonly namespace: string;
  readonly name: string;
  readonly verbs: readonly string[];
}

export interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly (Verb | "*" | (string & {}))[];
  readonly where: string;
  readonly actions: readonly string[];
}

/** `allow.request` or `deny.request`: what may be asked for. */
export interface RequestConditions {
  readonly roles: readonly string[];
  readonly claimsToRoles: readonly ClaimMapping[];
  readonly annotations: Traits;
  readonly thresholds: readonly ReviewThreshold[];
  readonly suggestedReviewers: readonly string[];
  readonly searchAsRoles: readonly string[];
  /** Milliseconds; 0 = not set. */
  readonly maxDurationMs: number;
  readonly kubernetesResources: readonly { readonly kind: string; readonly apiGroup: string }[];
  readonly reasonMode: "" | "optional" | "required";
}

export interface ClaimMapping {
  readonly claim: string;
  readonly value: string;
  readonly roles: readonly string[];
}

/** How many reviews settle a request. 0 = this side can never be reached by this threshold. */
export interface ReviewThreshold {
  readonly name: string;
  readonly filter: string;
  readonly approve: number;
  readonly deny: number;
}

/** `allow.review_requests` or `deny.review_requests`: whose requests may be reviewed. */
export interface ReviewConditions {
  readonly roles: readonly string[];
  readonly claimsToRoles: readonly ClaimMapping[];
  readonly where: string;
  readonly previewAsRoles: readonly string[];
}

export interface ImpersonateConditions {
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly where: string;
}

export interface RoleOptions {
  /** Milliseconds. */
  readonly maxSessionTtlMs: number;
  readonly certFormat: "standard" | "oldssh" | (string & {});
  readonly forwardAgent: boolean;
  /** `undefined` = not set, which allows. */
  readonly portForwarding: boolean | undefined;
  readonly sshPortForwarding:
    | { readonly local: boolean | undefined; readonly remote: boolean | undefined }
    | undefined;
  readonly permitX11Forwarding: boolean;
  readonly requestAccess: "optional" | "reason" | "always";
  readonly requestPrompt: string;
  /** One of the RequireMFAType names in lower case: off, session, session_and_hardware_key, hardware_key_touch, … */
  readonly requireSessionMfa: string;
  /** How long a local proxy goes on before the second factor of a session is due again; 0 = no limit of its own. */
  readonly mfaVerificationIntervalMs: number;
  readonly lock: "" | "strict" | "best_effort";
  readonly disconnectExpiredCert: boolean;
  readonly pinSourceIp: boolean;
  readonly certExtensions: readonly {
    readonly type: "ssh";
    readonly mode: "extension";
    readonly name: string;
    readonly value: string;
  }[];
  /** Whether desktop sessions are recorded; `undefined` = not set, which records. */
  readonly recordDesktop: boolean | undefined;
  readonly enhancedRecording: readonly string[];
  /** Our extension: the access duration counts from the approval instead of the creation. Off by default. */
  readonly accessDurationFromApproval: boolean;
}
