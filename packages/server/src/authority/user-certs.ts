import type { AppIdentity, DatabaseIdentity, Traits } from "@sallyport/api";
import type { Role } from "../roles/index.ts";
import type { Change } from "../storage/index.ts";

/** What the caller of GenerateUserCerts asks for. Instants are milliseconds since 1970. */
export interface UserCertsWish {
  readonly username: string;
  readonly expiresAt: number | undefined;
  readonly format: string;
  readonly usage: CertUsage;
  /** For one session right now: lives a minute, and for its usage only. */
  readonly isSingleUse?: boolean | undefined;
  readonly routeToCluster: string;
  readonly kubernetesCluster: string;
  readonly nodeName: string;
  readonly appName: string;
  readonly databaseService: string;
  readonly windowsDesktop: string;
  readonly accessRequests: readonly string[];
  /** Requests to leave out; exactly `*` leaves out all. */
  readonly dropAccessRequests: readonly string[];
  readonly roleRequests: readonly string[];
  readonly useRoleRequests: boolean;
  readonly reissuableRoleImpersonation: boolean;
  /** What asks, where that makes a difference. */
  readonly requester?: CertRequester | undefined;
  /** An answer of a second factor came with the request. */
  readonly secondFactor?: "totp" | "other" | undefined;
  readonly database?: DatabaseIdentity | undefined;
  readonly app?: Omit<AppIdentity, "sessionId"> | undefined;
  readonly connectionDiagnosticId?: string | undefined;
}

/** Programs that keep a proxy for other programs running, and the one that runs a command on many databases. */
export type CertRequester = "database tunnel" | "kubernetes proxy" | "app proxy" | "database exec";

const proxiedUsage: Partial<Record<CertRequester, CertUsage>> = {
  "database tunnel": "database",
  "kubernetes proxy": "kubernetes",
  "app proxy": "app",
};

/** For a proxy on the user's machine, whose certificate others use for as long as it runs. */
export const isLocalProxy = ({ requester, usage }: Pick<UserCertsWish, "requester" | "usage">): boolean =>
  requester !== undefined && proxiedUsage[requester] === usage;

/** Asks for nothing in particular. */
export const noWish: UserCertsWish = {
  username: "",
  expiresAt: undefined,
  format: "",
  usage: "all",
  routeToCluster: "",
  kubernetesCluster: "",
  nodeName: "",
  appName: "",
  databaseService: "",
  windowsDesktop: "",
  accessRequests: [],
  dropAccessRequests: [],
  roleRequests: [],
  useRoleRequests: false,
  reissuableRoleImpersonation: false,
};

const certUsages = ["all", "ssh", "kubernetes", "database", "app", "windows_desktop"] as const;
export type CertUsage = (typeof certUsages)[number];

/** On what ground a certificate is issued. */
export type Ground =
  /** The local administrator, for anybody; role lifetimes do not bind. */
  | "admin"
  /** Somebody for themselves. */
  | "self"
  /** Somebody for themselves with other roles. */
  | "role request"
  /** Somebody for another user. */
  | "impersonation";

/** A user as the issuing decision needs them. */
export interface CertUser {
  readonly name: string;
  readonly roles: readonly string[];
  readonly traits: Traits;
  /** Signed in by an identity provider; such users cannot be impersonated. */
  readonly isSso: boolean;
}

/** An approved access request that goes into a certificate. */
export interface GrantedRequest {
  readonly id: string;
  readonly roles: readonly string[];
  readonly resourceIds: readonly string[];
  readonly accessExpiresAt: number;
  /** Holds while the request is as it was when it was looked at; goes into the commit of the certificate. */
  readonly unchanged?: Change | undefined;
}

/** Everything that the certificate is to say, decided: the signer takes this and never a request. */
export interface CertSubject {
  readonly ground: Ground;
  readonly username: string;
  readonly roleNames: readonly string[];
  readonly traits: Traits;
  /** The roles, with the traits put into their templates. */
  readonly roles: readonly Role[];
  readonly requests: readonly GrantedRequest[];
  readonly impersonator: string;
  readonly disallowReissue: boolean;
  readonly renewable: boolean;
}
