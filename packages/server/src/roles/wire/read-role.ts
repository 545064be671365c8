import { durationMs } from "@bufbuild/protobuf/wkt";
import {
  type AccessRequestConditions,
  type AccessReviewConditions,
  RequireMFAType,
  type RoleV6,
  type RoleConditions as WireConditions,
  type RoleOptions as WireOptions,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { readNanos, readTime } from "../../rpc/wire-time.ts";
import { defaultOptions, noConditions } from "../new-role.ts";
import {
  labelledKinds,
  type RequestConditions,
  type ReviewConditions,
  type Role,
  type RoleConditions,
  type RoleOptions,
} from "../role.ts";
import { readVersion } from "./fill-defaults.ts";
import { labelFields, readLabels } from "./labels.ts";

/** The role as decisions see it. The defaults of its version have been filled in. */
export function readRole(wire: RoleV6): Role {
  const { Metadata: metadata, Spec: spec } = wire;
  return {
    name: metadata?.Name ?? "",
    version: readVersion(wire.Version) ?? "v8",
    description: metadata?.Description ?? "",
    labels: { ...metadata?.Labels },
    expiresAt: readTime(metadata?.Expires),
    revision: metadata?.Revision ?? "",
    options: spec?.Options === undefined ? defaultOptions : readOptions(spec.Options),
    allow: spec?.Allow === undefined ? noConditions : readConditions(spec.Allow),
    deny: spec?.Deny === undefined ? noConditions : readConditions(spec.Deny),
  };
}

function readOptions(wire: WireOptions): RoleOptions {
  const forwarding = wire.SSHPortForwarding;
  return {
    maxSessionTtlMs: readNanos(wire.MaxSessionTTL),
    certFormat: wire.CertificateFormat,
    forwardAgent: wire.ForwardAgent,
    portForwarding: wire.PortForwarding?.Value,
    sshPortForwarding: forwarding && {
      local: forwarding.Local?.Enabled?.Value,
      remote: forwarding.Remote?.Enabled?.Value,
    },
    permitX11Forwarding: wire.PermitX11Forwarding,
    requestAccess:
      wire.RequestAccess === "reason" || wire.RequestAccess === "always" ? wire.RequestAccess : "optional",
    requestPrompt: wire.RequestPrompt,
    requireSessionMfa: (RequireMFAType[wire.RequireMFAType] ?? "session").toLowerCase(),
    mfaVerificationIntervalMs: wire.MFAVerificationInterval ? durationMs(wire.MFAVerificationInterval) : 0,
    lock: wire.Lock === "strict" || wire.Lock === "best_effort" ? wire.Lock : "",
    disconnectExpiredCert: wire.DisconnectExpiredCert,
    pinSourceIp: wire.PinSourceIP,
    certExtensions: wire.CertExtensions.map((extension) => ({
      type: "ssh",
      mode: "extension",
      name: extension.Name,
      value: extension.Value,
    })),
    recordDesktop: wire.RecordSession?.Desktop?.Value,
    enhancedRecording: wire.BPF,
    accessDurationFromApproval: wire.accessDurationFromApproval,
  };
}

function readConditions(wire: WireConditions): RoleConditions {
  return {
    logins: wire.Logins,
    namespaces: wire.Namespaces.length === 0 ? ["default"] : wire.Namespaces,
    ...readSelectors(wire),
    rules: wire.Rules.map((rule) => ({
      resources: rule.Resources,
      verbs: rule.Verbs,
      where: rule.Where,
      actions: rule.Actions,
    })),
    request: wire.Request && readRequest(wire.Request),
    reviewRequests: wire.ReviewRequests && readReview(wire.ReviewRequests),
    impersonate: wire.Impersonate && {
      users: wire.Impersonate.Users,
      roles: wire.Impersonate.Roles,
      where: wire.Impersonate.Where,
    },
    kubernetesUsers: wire.KubeUsers,
    kubernetesGroups: wire.KubeGroups,
    databaseNames: wire.DatabaseNames,
    databaseUsers: wire.DatabaseUsers,
    databaseRoles: wire.DatabaseRoles,
    awsRoleArns: wire.AWSRoleARNs,
    azureIdentities: wire.AzureIdentities,
    gcpServiceAccounts: wire.GCPServiceAccounts,
    windowsDesktopLogins: wire.WindowsDesktopLogins,
    kubernetesResources: wire.KubernetesResources.map((resource) => ({
      kind: resource.Kind,
      apiGroup: resource.APIGroup,
      namespace: resource.Namespace,
      name: resource.Name,
      verbs: resource.Verbs,
    })),
    githubOrganizations: wire.gitHubPermissions.flatMap((permission) => permission.organizations),
    hostGroups: wire.HostGroups,
    hostSudoers: wire.HostSudoers,
    desktopGroups: wire.DesktopGroups,
    spiffe: wire.SPIFFE.map(({ Path, DNSSANs, IPSANs }) => ({
      path: Path,
      dnsSans: DNSSANs,
      ipSans: IPSANs,
    })),
  };
}

function readSelectors(wire: WireConditions): Pick<RoleConditions, "labelSelectors" | "labelExpressions"> {
  const labelSelectors: Record<string, RoleConditions["labelSelectors"]["node"]> = {};
  const labelExpressions: Record<string, string> = {};
  for (const kind of labelledKinds) {
    const [labels, expression] = labelFields[kind];
    const selector = readLabels(wire[labels]);
    if (Object.keys(selector).length > 0) labelSelectors[kind] = selector;
    if (wire[expression] !== "") labelExpressions[kind] = wire[expression];
  }
  return { labelSelectors, labelExpressions };
}

function readRequest(wire: AccessRequestConditions): RequestConditions {
  return {
    roles: wire.Roles,
    claimsToRoles: readClaims(wire.ClaimsToRoles),
    annotations: readLabels(wire.Annotations),
    thresholds: wire.Thresholds.map((threshold) => ({
      name: threshold.Name,
      filter: threshold.Filter,
      approve: threshold.Approve,
      deny: threshold.Deny,
    })),
    suggestedReviewers: wire.SuggestedReviewers,
    searchAsRoles: wire.SearchAsRoles,
    maxDurationMs: readNanos(wire.MaxDuration),
    kubernetesResources: wire.kubernetesResources.map((resource) => ({
      kind: resource.kind,
      apiGroup: resource.APIGroup,
    })),
    reasonMode: readReasonMode(wire.Reason?.Mode),
  };
}

/** An unknown mode is read as the stricter one. */
function readReasonMode(mode: string | undefined): RequestConditions["reasonMode"] {
  if (mode === undefined || mode === "") return "";
  return mode === "optional" ? "optional" : "required";
}

function readReview(wire: AccessReviewConditions): ReviewConditions {
  return {
    roles: wire.Roles,
    claimsToRoles: readClaims(wire.ClaimsToRoles),
    where: wire.Where,
    previewAsRoles: wire.PreviewAsRoles,
  };
}

const readClaims = (wire: AccessRequestConditions["ClaimsToRoles"]): RequestConditions["claimsToRoles"] =>
  wire.map((mapping) => ({ claim: mapping.Claim, value: mapping.Value, roles: mapping.Roles }));
