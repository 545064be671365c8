import type { Identity, Traits } from "@sallyport/api";

/** The verbs of role rules. */
export const verbs = [
  "list",
  "create",
  "read",
  "readnosecrets",
  "update",
  "delete",
  "rotate",
  "use",
  "enroll",
  "create_enroll_token",
] as const;
export type Verb = (typeof verbs)[number];

/** The answer of a decision. `because` names the role and rule for people who may know; it never holds a secret. */
export type Verdict =
  | { readonly allow: true; readonly because: string }
  | { readonly allow: false; readonly explicit: boolean; readonly because: string };

/** What a rule's `where` can look at: the object by its JSON names, read lazily. */
export type RuleSubject = Readonly<Record<string, unknown>>;

/** What somebody may do, decided from their roles; implemented by `roles`, handed to the pipeline by `start-auth`. */
export interface Permissions {
  /** All verbs are needed. `explicit` tells a deny rule (or a broken one) from a mere lack of an allow rule. */
  check(kind: string, verbs: readonly Verb[], subject?: RuleSubject): Verdict;
  /** False where `check` denies this for every object there can be, so that none need be looked at. */
  mayEver(kind: string, verbs: readonly Verb[]): boolean;
  /** Whether the labels of a connected cluster let one see it; left out, nobody does. */
  mayReachCluster?(labels: Readonly<Record<string, string>>): Verdict;
}

/** The certificate of a connection, as far as it says which one it is. */
export interface ShownCertificate {
  /** Type of the authority that issued it. */
  readonly caType: string;
  readonly serialNumber: bigint;
  /** SubjectPublicKeyInfo of its key, DER. */
  readonly spki: Uint8Array;
}

/** Where a caller of another cluster comes from. */
export interface Origin {
  readonly cluster: string;
  /** The name there. */
  readonly username: string;
}

/** The name here of a user of another cluster: one that tells both apart, in the form that the contract has. */
export const remoteUserName = ({ username, cluster }: Origin): string => `remote-${username}-${cluster}`;

/** What kind of user a certificate names that is issued here to a user of another cluster. */
export const REMOTE_USER_TYPE = "remote";

/** Who is calling, as the pipeline found out; made anew for every call from the certificate of the connection. */
export interface Caller {
  readonly kind: "anonymous" | "user" | "system";
  /** User name, `<host id>.<cluster>` for a system role, "" for anonymous. */
  readonly name: string;
  /** Role names: those of the certificate for a user, system roles otherwise. */
  readonly roles: readonly string[];
  readonly traits: Traits;
  /** What the certificate says, of a caller of another cluster as it is mapped here; undefined for anonymous. */
  readonly identity: Identity | undefined;
  /** Undefined for callers of this cluster. */
  readonly origin?: Origin | undefined;
  /** Which certificate that is; undefined for anonymous. */
  readonly certificate?: ShownCertificate | undefined;
  readonly permissions: Permissions;
  /** What locks the caller out by now, in words for administrators; left out, nothing can. */
  lockedBy?(now: number): string | undefined;
}

/** System roles as certificates carry them in their O attribute. */
export const systemRoles = [
  "Auth",
  "Proxy",
  "Node",
  "App",
  "Db",
  "Kube",
  "WindowsDesktop",
  "Discovery",
  "Okta",
  "MDM",
  "Bot",
  "Instance",
  "Admin",
  "Nop",
  "Signup",
  "ProvisionToken",
  "RemoteProxy",
  "Trusted_cluster",
  "AccessGraphPlugin",
] as const;
export type SystemRole = (typeof systemRoles)[number];

export const isSystemRole = (name: string): name is SystemRole =>
  (systemRoles as readonly string[]).includes(name);

/** Services are called `<uuid>.<cluster>`, and users never are. */
export function isServiceName(name: string, clusterName: string): boolean {
  const id = name.slice(0, 36);
  return (
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) &&
    name.slice(36).toLowerCase() === `.${clusterName.toLowerCase()}`
  );
}

/** The builtin Admin: `tctl` on the auth host. */
export const isAdmin = (caller: Caller): boolean =>
  caller.kind === "system" && caller.roles.includes("Admin");
