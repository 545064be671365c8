import { fingerprint, type SshPublicKey } from "@sallyport/ssh";
import {
  type Certificate,
  type CertificateKind,
  type IssueNumber,
  spkiFingerprint,
} from "../certificates/index.ts";
import { type Call, ipOf } from "../rpc/index.ts";
import type { TlsCa } from "./ca-keys.ts";
import type { CaType } from "./ca-types.ts";
import type { CertificateDescription } from "./describe-certificate.ts";
import type { LoadedAuthority } from "./keyring.ts";
import { SKEW_MS, type UserKeys } from "./sign-user-certificates.ts";

interface UserIssue {
  readonly authority: Pick<LoadedAuthority, "fingerprints">;
  /** Default: the user authority. */
  readonly caType?: CaType;
  readonly description: CertificateDescription;
  readonly keys: UserKeys;
  readonly number: IssueNumber;
  readonly call: Call;
}

/** What the inventory keeps of the certificates of a user. */
export function userEntry(issue: UserIssue): Certificate {
  const { authority, description, keys, number, call, caType = "user" } = issue;
  const { identity, expiresAt } = description;
  const { ssh: sshCa, x509: x509Ca } = authority.fingerprints;
  return {
    id: number.id,
    kind: "user",
    user: identity.username,
    caType,
    ssh: keys.ssh && sshPart(number, keys.ssh, sshCa),
    x509: keys.tls && x509Part(number, keys.tls, x509Ca),
    principals: identity.principals,
    roles: identity.roles,
    issuedAt: call.now,
    validAfterAt: call.now - SKEW_MS,
    expiresAt,
    requester: call.caller.name,
    impersonator: identity.impersonator,
    accessRequests: identity.activeRequests,
    remoteIp: ipOf(call.remoteAddress),
    usage: identity.usage,
    routes: routesOf(description),
  };
}

interface HostIssue {
  readonly kind: "host" | "system";
  readonly authority: LoadedAuthority;
  readonly number: IssueNumber;
  readonly keys: { readonly ssh: SshPublicKey; readonly x509?: Uint8Array };
  /** Shown by a server, whose issuer lags behind in one phase of a rotation. */
  readonly isServer?: boolean | undefined;
  readonly name: string;
  readonly role: string;
  readonly principals: readonly string[];
  readonly now: number;
  /** Undefined where it has no end. */
  readonly expiresAt: number | undefined;
  /** Undefined where the service makes it for itself. */
  readonly call?: Call | undefined;
}

/** What the inventory keeps of the certificates of a host or a service. */
export function hostEntry({ authority, number, keys, call, ...issue }: HostIssue): Certificate {
  const { ssh: sshCa, x509, serverX509 } = authority.fingerprints;
  const x509Ca = issue.isServer === true ? serverX509 : x509;
  return {
    id: number.id,
    kind: issue.kind,
    user: issue.name,
    caType: "host",
    ssh: sshPart(number, keys.ssh, sshCa),
    x509: keys.x509 && x509Part(number, keys.x509, x509Ca),
    principals: issue.principals,
    roles: [issue.role],
    issuedAt: issue.now,
    validAfterAt: issue.now - SKEW_MS,
    expiresAt: issue.expiresAt,
    requester: call?.caller.name ?? "",
    impersonator: call?.caller.identity?.impersonator ?? "",
    accessRequests: call?.caller.identity?.activeRequests ?? [],
    remoteIp: call === undefined ? "" : ipOf(call.remoteAddress),
    usage: [],
    routes: [],
  };
}

interface RequestedIssue {
  readonly kind: CertificateKind;
  readonly ca: TlsCa;
  readonly number: IssueNumber;
  readonly spki: Uint8Array;
  /** Common name of the subject. */
  readonly name: string;
  readonly principals: readonly string[];
  readonly usage: readonly string[];
  readonly expiresAt: number;
  readonly call: Call;
}

/** What the inventory keeps of an X.509 certificate that a request (PKCS#10) was sent for. */
export function requestedEntry({ ca, number, spki, call, ...issue }: RequestedIssue): Certificate {
  const { caller, now } = call;
  return {
    id: number.id,
    kind: issue.kind,
    user: issue.name,
    caType: ca.caType,
    ssh: undefined,
    x509: x509Part(number, spki, ca.fingerprint),
    principals: issue.principals,
    roles: [],
    issuedAt: now,
    validAfterAt: now - SKEW_MS,
    expiresAt: issue.expiresAt,
    requester: caller.name,
    impersonator: caller.identity?.impersonator ?? "",
    accessRequests: caller.identity?.activeRequests ?? [],
    remoteIp: ipOf(call.remoteAddress),
    usage: issue.usage,
    routes: [],
  };
}

interface TokenIssue {
  readonly kind: CertificateKind;
  readonly caType: CaType;
  readonly number: IssueNumber;
  /** Its subject. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly usage: string;
  readonly routes: readonly string[];
  readonly validAfterAt: number;
  readonly expiresAt: number;
  readonly call: Call;
}

/** What the inventory keeps of a JSON Web Token; it is for no key, so no list can say that it is revoked. */
export function tokenEntry({ number, call, name, usage, ...issue }: TokenIssue): Certificate {
  const { caller, now } = call;
  return {
    ...issue,
    id: number.id,
    user: name,
    ssh: undefined,
    x509: undefined,
    principals: [name],
    issuedAt: now,
    requester: caller.name,
    impersonator: caller.identity?.impersonator ?? "",
    accessRequests: caller.identity?.activeRequests ?? [],
    remoteIp: ipOf(call.remoteAddress),
    usage: [usage],
  };
}

const sshPart = ({ sshSerial: serial }: IssueNumber, key: SshPublicKey, ca: string) => ({
  serial,
  fingerprint: fingerprint(key),
  ca,
});

const x509Part = ({ x509Hex: serial }: IssueNumber, spki: Uint8Array, ca: string) => ({
  serial,
  fingerprint: spkiFingerprint(spki),
  ca,
});

function routesOf({ identity }: CertificateDescription): readonly string[] {
  const { kubernetesCluster, routeToCluster, teleportCluster, database, app } = identity;
  return [
    ...(routeToCluster === teleportCluster ? [] : [`cluster=${routeToCluster}`]),
    ...(kubernetesCluster === "" ? [] : [`kubernetes=${kubernetesCluster}`]),
    ...(database === undefined ? [] : [`database=${database.serviceName}`]),
    ...(app === undefined ? [] : [`app=${app.name}`]),
  ];
}
