import { emptyIdentity, type Identity } from "@sallyport/api";
import { combineOptions, decidePrincipals, type PrincipalList } from "../roles/index.ts";
import { type Caller, REMOTE_USER_TYPE } from "../rpc/caller.ts";
import type { CertSubject, UserCertsWish } from "./user-certs.ts";

/** Principal that lets the holder join shared sessions; no login is ever named so. */
const JOIN_PRINCIPAL = "-teleport-internal-join";

const usageNames: Partial<Record<UserCertsWish["usage"], string>> = {
  kubernetes: "usage:kube",
  database: "usage:db",
  app: "usage:apps",
  windows_desktop: "usage:windows_desktop",
};

/** What is signed, for both kinds of certificate. */
export interface CertificateDescription {
  readonly identity: Identity;
  readonly sshPrincipals: readonly string[];
  readonly format: "standard" | "oldssh";
  readonly permissions: {
    readonly permitPortForwarding: boolean;
    readonly permitAgentForwarding: boolean;
    readonly permitX11Forwarding: boolean;
  };
  readonly customExtensions: Readonly<Record<string, string>>;
  readonly expiresAt: number;
}

export interface DescriptionFacts {
  readonly subject: CertSubject;
  readonly wish: UserCertsWish;
  readonly caller: Caller;
  readonly clusterName: string;
  readonly now: number;
  readonly expiresAt: number;
  /** Address the caller comes from, without port. */
  readonly remoteIp: string;
  /** Where the certificate is a renewal: what it counts on to. */
  readonly renewal?: { readonly instanceId: string; readonly generation: bigint } | undefined;
  /** Random, for the principal of a user without logins, and for the session of an application. */
  readonly nonce: string;
}

type DescriptionVerdict =
  | { readonly allow: true; readonly description: CertificateDescription }
  | { readonly allow: false; readonly because: string };

/** The certificate in words: what its holder is called, may do and where it counts. Pure; nothing is signed here. */
export function describeCertificate(facts: DescriptionFacts): DescriptionVerdict {
  const { subject, wish, expiresAt, now } = facts;
  const options = combineOptions(subject.roles);
  const principals = (list: PrincipalList) =>
    decidePrincipals(subject.roles, list, expiresAt - now, subject.ground === "admin");
  const logins = principals("logins");
  if (!logins.allow) return { allow: false, because: logins.because };
  const values = (list: PrincipalList) => {
    const verdict = principals(list);
    return verdict.allow ? verdict.values : [];
  };
  const identity: Identity = {
    ...emptyIdentity(subject.username),
    ...carriedOver(facts),
    roles: subject.roleNames,
    usage: usageNames[wish.usage] === undefined ? [] : [usageNames[wish.usage] ?? ""],
    principals: logins.values.length > 0 ? logins.values : [`-teleport-nologin-${facts.nonce}`],
    traits: subject.traits,
    teleportCluster: facts.clusterName,
    previousIdentityExpires: wish.isSingleUse ? facts.caller.identity?.expires : undefined,
    routeToCluster: wish.routeToCluster === "" ? facts.clusterName : wish.routeToCluster,
    kubernetesCluster: wish.kubernetesCluster,
    database: wish.database,
    app: wish.app && { ...wish.app, sessionId: facts.nonce },
    connectionDiagnosticId: wish.connectionDiagnosticId ?? "",
    ...(wish.isSingleUse ? { loginIp: facts.remoteIp } : {}),
    kubernetesUsers: values("kubernetesUsers"),
    kubernetesGroups: values("kubernetesGroups"),
    databaseNames: values("databaseNames"),
    databaseUsers: values("databaseUsers"),
    awsRoleArns: values("awsRoleArns"),
    azureIdentities: values("azureIdentities"),
    gcpServiceAccounts: values("gcpServiceAccounts"),
    impersonator: subject.impersonator,
    disallowReissue: subject.disallowReissue,
    renewable: subject.renewable,
    activeRequests: subject.requests.map((request) => request.id),
    allowedResourceIds: allowedResources(facts),
    pinnedIp: pinnedIpOf(facts, options.pinSourceIp),
    userType: facts.caller.origin === undefined ? "local" : REMOTE_USER_TYPE,
    expires: new Date(expiresAt),
  };
  return { allow: true, description: { ...sshSide(identity, options, wish), identity, expiresAt } };
}

function sshSide(identity: Identity, options: ReturnType<typeof combineOptions>, wish: UserCertsWish) {
  const named = wish.format === "standard" || wish.format === "oldssh" ? wish.format : options.certFormat;
  return {
    sshPrincipals: [...identity.principals, JOIN_PRINCIPAL],
    format: named,
    permissions: {
      permitPortForwarding: options.portForwarding.local || options.portForwarding.remote,
      permitAgentForwarding: options.forwardAgent,
      permitX11Forwarding: options.permitX11Forwarding,
    },
    customExtensions: Object.fromEntries(options.certExtensions.map(({ name, value }) => [name, value])),
  };
}

/**
 * Constraints only ever narrow: what binds the caller's own certificate binds the next one as well, also when the
 * caller acts for somebody else (threat 19).
 */
function carriedOver({ caller, subject, remoteIp, renewal }: DescriptionFacts): Partial<Identity> {
  const own = caller.kind === "user" ? caller.identity : undefined;
  if (own === undefined) return {};
  const narrowed: Partial<Identity> = {
    loginIp: own.loginIp === "" ? remoteIp : own.loginIp,
    privateKeyPolicy: own.privateKeyPolicy,
  };
  if (subject.ground === "impersonation") return narrowed;
  return {
    ...narrowed,
    mfaVerified: own.mfaVerified,
    device: own.device,
    botName: own.botName,
    botInstanceId: renewal?.instanceId ?? own.botInstanceId,
    joinAttributes: own.joinAttributes,
    generation: renewal?.generation ?? 0n,
  };
}

/** A pin is never lost, and where a role demands one it is the address that the caller logged in from. */
function pinnedIpOf({ caller, remoteIp }: DescriptionFacts, isDemanded: boolean): string {
  const own = caller.kind === "user" ? caller.identity : undefined;
  if (own !== undefined && own.pinnedIp !== "") return own.pinnedIp;
  return isDemanded ? own?.loginIp || remoteIp : "";
}

/** The resources that the access is limited to: those of a request, or those that the caller's own certificate has. */
function allowedResources({ subject, caller, wish }: DescriptionFacts): readonly string[] | undefined {
  const requested = subject.requests.find((request) => request.resourceIds.length > 0);
  if (requested !== undefined) return requested.resourceIds;
  const startsAnew =
    wish.dropAccessRequests.length > 0 || subject.ground === "impersonation" || subject.ground === "admin";
  return startsAnew ? undefined : caller.identity?.allowedResourceIds;
}
