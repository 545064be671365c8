import { AppError } from "../errors/index.ts";
import { checkName, checkText } from "./check-text.ts";
import type { Identity } from "./identity.ts";
import { toJsonText } from "./json-text.ts";
import { formatRfc3339 } from "./rfc3339.ts";
import { formatTraits } from "./traits-text.ts";

/** Names of the SSH certificate extensions of the wire contract. */
export const sshExtension = {
  permitPty: "permit-pty",
  permitX11Forwarding: "permit-X11-forwarding",
  permitAgentForwarding: "permit-agent-forwarding",
  permitPortForwarding: "permit-port-forwarding",
  mfaVerified: "mfa-verified",
  previousIdentityExpires: "prev-identity-expires",
  loginIp: "login-ip",
  impersonator: "impersonator",
  disallowReissue: "disallow-reissue",
  renewable: "renewable",
  generation: "generation",
  botName: "bot-name@goteleport.com",
  botInstanceId: "bot-instance-id@goteleport.com",
  allowedResources: "teleport-allowed-resources",
  connectionDiagnosticId: "teleport-connection-diagnostic-id",
  privateKeyPolicy: "private-key-policy",
  deviceId: "teleport-device-id",
  deviceAssetTag: "teleport-device-asset-tag",
  deviceCredentialId: "teleport-device-credential-id",
  traits: "teleport-traits",
  roles: "teleport-roles",
  routeToCluster: "teleport-route-to-cluster",
  activeRequests: "teleport-active-requests",
} as const;

/** What a user certificate permits besides its identity; all from the user's roles. */
export interface SshPermissions {
  /** `oldssh` leaves out what OpenSSH servers of long ago choked on: roles, traits, route and active requests. */
  readonly format: "standard" | "oldssh";
  readonly permitX11Forwarding: boolean;
  readonly permitAgentForwarding: boolean;
  readonly permitPortForwarding: boolean;
  /** Extensions that roles define, by name. */
  readonly customExtensions?: Readonly<Record<string, string>>;
}

/** Extensions and critical options of an SSH certificate by name; an empty value is a flag. */
export interface SshCertificateOptions {
  readonly extensions: Readonly<Record<string, string>>;
  readonly criticalOptions: Readonly<Record<string, string>>;
}

/**
 * The extensions of a user's SSH certificate, and the critical option `source-address` for a pinned IP.
 *
 * @throws AppError BAD_PARAMETER for control characters and for a custom extension that poses as one of ours.
 */
export function identityToSshExtensions(
  identity: Identity,
  permissions: SshPermissions,
): SshCertificateOptions {
  const entries = [
    ...permissionEntries(permissions),
    ...identityEntries(identity),
    ...(permissions.format === "standard" ? standardEntries(identity) : []),
    ...customEntries(permissions.customExtensions ?? {}),
  ];
  const extensions = Object.fromEntries(entries.map(([name, value]) => [name, checkText(name, value)]));
  return { extensions, criticalOptions: sourceAddress(identity.pinnedIp) };
}

/** The extensions of a host's SSH certificate. */
export function hostSshExtensions(host: { systemRole: string; clusterName: string }): SshCertificateOptions {
  return {
    extensions: { "x-teleport-role": host.systemRole, "x-teleport-authority": host.clusterName },
    criticalOptions: {},
  };
}

type Entry = readonly [name: string, value: string];

function permissionEntries(permissions: SshPermissions): Entry[] {
  return [
    ...flag(sshExtension.permitPty, true),
    ...flag(sshExtension.permitX11Forwarding, permissions.permitX11Forwarding),
    ...flag(sshExtension.permitAgentForwarding, permissions.permitAgentForwarding),
    ...flag(sshExtension.permitPortForwarding, permissions.permitPortForwarding),
  ];
}

function identityEntries(identity: Identity): Entry[] {
  const { previousIdentityExpires: previous, allowedResourceIds: resources, device } = identity;
  return [
    ...text(sshExtension.mfaVerified, identity.mfaVerified),
    ...text(sshExtension.previousIdentityExpires, previous === undefined ? "" : formatRfc3339(previous)),
    ...text(sshExtension.loginIp, identity.loginIp),
    ...text(sshExtension.impersonator, identity.impersonator),
    ...flag(sshExtension.disallowReissue, identity.disallowReissue),
    ...flag(sshExtension.renewable, identity.renewable),
    ...text(sshExtension.generation, identity.generation > 0n ? identity.generation.toString() : ""),
    ...text(sshExtension.botName, identity.botName),
    ...text(sshExtension.botInstanceId, identity.botInstanceId),
    ...text(
      sshExtension.allowedResources,
      resources === undefined ? "" : toJsonText(checked("resource id", resources)),
    ),
    ...text(sshExtension.connectionDiagnosticId, identity.connectionDiagnosticId),
    ...text(sshExtension.privateKeyPolicy, identity.privateKeyPolicy),
    ...text(sshExtension.deviceId, device?.id ?? ""),
    ...text(sshExtension.deviceAssetTag, device?.assetTag ?? ""),
    ...text(sshExtension.deviceCredentialId, device?.credentialId ?? ""),
  ];
}

function standardEntries({ traits, roles, routeToCluster, activeRequests }: Identity): Entry[] {
  const hasTraits = Object.keys(traits).length > 0;
  return [
    ...text(sshExtension.traits, hasTraits ? formatTraits(traits) : ""),
    // Readers of the 4.3 era refuse members besides `roles` and `version`, and do not need the second.
    ...text(sshExtension.roles, roles.length > 0 ? toJsonText({ roles: checked("role", roles) }) : ""),
    ...text(sshExtension.routeToCluster, routeToCluster),
    ...text(
      sshExtension.activeRequests,
      activeRequests.length > 0
        ? toJsonText({ access_requests: checked("access request", activeRequests) })
        : "",
    ),
  ];
}

const ours: ReadonlySet<string> = new Set(Object.values(sshExtension));

/** True for a name that only the issuer itself may give a meaning, so that no role can define it. */
export function isReservedSshExtension(name: string): boolean {
  return ours.has(name) || /^(x-)?teleport-|@goteleport\.com$/.test(name);
}

function customEntries(custom: Readonly<Record<string, string>>): Entry[] {
  return Object.entries(custom).map(([name, value]) => {
    if (!isReservedSshExtension(name)) return [name, value];
    const shown = JSON.stringify(name.slice(0, 64));
    throw new AppError("BAD_PARAMETER", `a role cannot define the certificate extension ${shown}`);
  });
}

function sourceAddress(pinnedIp: string): Record<string, string> {
  if (pinnedIp === "") return {};
  if (!/^[0-9A-Fa-f.:]{2,45}$/.test(pinnedIp)) {
    throw new AppError("BAD_PARAMETER", "the pinned IP is not an IP address");
  }
  return { "source-address": `${pinnedIp}/${pinnedIp.includes(":") ? 128 : 32}` };
}

function checked(field: string, names: readonly string[]): string[] {
  return names.map((name) => checkName(field, name));
}

function text(name: string, value: string): Entry[] {
  return value === "" ? [] : [[name, value]];
}

function flag(name: string, isSet: boolean): Entry[] {
  return isSet ? [[name, ""]] : [];
}
