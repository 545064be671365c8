import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  RequireMFAType,
  type RoleConditionsSchema,
  type RoleOptionsSchema,
  type RoleV6,
  RoleV6Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import type { LabelValues } from "@sallyport/api/gen/teleport/legacy/types/wrappers/wrappers_pb.js";
import { writeNanos, writeTime } from "../../rpc/wire-time.ts";
import { MAX_DURATION_MS } from "../new-role.ts";
import {
  type LabelledKind,
  labelledKinds,
  type RequestConditions,
  type Role,
  type RoleConditions,
  type RoleOptions,
} from "../role.ts";
import { labelFields, writeLabels } from "./labels.ts";

/** The wire form of a role that this program wrote itself; a client's role is kept as the client sent it. */
export function writeRole(role: Role): RoleV6 {
  const expires = writeTime(role.expiresAt);
  return create(RoleV6Schema, {
    Kind: "role",
    Version: role.version,
    Metadata: {
      Name: role.name,
      Namespace: "default",
      Description: role.description,
      Labels: { ...role.labels },
      Revision: role.revision,
      ...(expires === undefined ? {} : { Expires: expires }),
    },
    Spec: {
      Options: writeOptions(role.options),
      Allow: writeConditions(role.allow),
      Deny: writeConditions(role.deny),
    },
  });
}

const bool = (value: boolean | undefined) => (value === undefined ? undefined : { Value: value });

function writeOptions(options: RoleOptions): MessageInitShape<typeof RoleOptionsSchema> {
  const { sshPortForwarding: forwarding, mfaVerificationIntervalMs: interval } = options;
  const mfa = RequireMFAType[options.requireSessionMfa.toUpperCase() as keyof typeof RequireMFAType];
  return {
    MaxSessionTTL: writeNanos(Math.min(options.maxSessionTtlMs, MAX_DURATION_MS)),
    CertificateFormat: options.certFormat,
    ForwardAgent: options.forwardAgent,
    PortForwarding: bool(options.portForwarding),
    SSHPortForwarding: forwarding && {
      Local: { Enabled: bool(forwarding.local) },
      Remote: { Enabled: bool(forwarding.remote) },
    },
    PermitX11Forwarding: options.permitX11Forwarding,
    RequestAccess: options.requestAccess === "optional" ? "" : options.requestAccess,
    RequestPrompt: options.requestPrompt,
    RequireMFAType: mfa ?? RequireMFAType.OFF,
    ...(interval === 0 ? {} : { MFAVerificationInterval: durationFromMs(interval) }),
    Lock: options.lock,
    DisconnectExpiredCert: options.disconnectExpiredCert,
    PinSourceIP: options.pinSourceIp,
    CertExtensions: options.certExtensions.map(({ name, value }) => ({ Name: name, Value: value })),
    ...(options.recordDesktop === undefined
      ? {}
      : { RecordSession: { Desktop: { Value: options.recordDesktop }, Default: "best_effort" } }),
    BPF: [...options.enhancedRecording],
    accessDurationFromApproval: options.accessDurationFromApproval,
  };
}

function writeConditions(conditions: RoleConditions): MessageInitShape<typeof RoleConditionsSchema> {
  const { impersonate, reviewRequests } = conditions;
  return {
    Logins: [...conditions.logins],
    Namespaces: [...conditions.namespaces],
    ...writeSelectors(conditions),
    Rules: conditions.rules.map((rule) => ({
      Resources: [...rule.resources],
      Verbs: [...rule.verbs],
      Where: rule.where,
      Actions: [...rule.actions],
    })),
    Request: conditions.request && writeRequest(conditions.request),
    ReviewRequests: reviewRequests && {
      Roles: [...reviewRequests.roles],
      ClaimsToRoles: writeClaims(reviewRequests.claimsToRoles),
      Where: reviewRequests.where,
      PreviewAsRoles: [...reviewRequests.previewAsRoles],
    },
    Impersonate: impersonate && {
      Users: [...impersonate.users],
      Roles: [...impersonate.roles],
      Where: impersonate.where,
    },
    KubeUsers: [...conditions.kubernetesUsers],
    KubeGroups: [...conditions.kubernetesGroups],
    DatabaseNames: [...conditions.databaseNames],
    DatabaseUsers: [...conditions.databaseUsers],
    DatabaseRoles: [...conditions.databaseRoles],
    AWSRoleARNs: [...conditions.awsRoleArns],
    AzureIdentities: [...conditions.azureIdentities],
    GCPServiceAccounts: [...conditions.gcpServiceAccounts],
    WindowsDesktopLogins: [...conditions.windowsDesktopLogins],
    KubernetesResources: conditions.kubernetesResources.map((resource) => ({
      Kind: resource.kind,
      APIGroup: resource.apiGroup,
      Namespace: resource.namespace,
      Name: resource.name,
      Verbs: [...resource.verbs],
    })),
    gitHubPermissions:
      conditions.githubOrganizations.length === 0
        ? []
        : [{ organizations: [...conditions.githubOrganizations] }],
    HostGroups: [...conditions.hostGroups],
    HostSudoers: [...conditions.hostSudoers],
    DesktopGroups: [...conditions.desktopGroups],
    SPIFFE: conditions.spiffe.map(({ path, dnsSans, ipSans }) => ({
      Path: path,
      DNSSANs: [...dnsSans],
      IPSANs: [...ipSans],
    })),
  };
}

type LabelFields = (typeof labelFields)[LabelledKind];
type Selectors = { [K in LabelFields[0]]?: LabelValues } & { [K in LabelFields[1]]?: string };

function writeSelectors(conditions: RoleConditions): Selectors {
  const fields: Selectors = {};
  for (const kind of labelledKinds) {
    const [labels, expression] = labelFields[kind];
    const selector = conditions.labelSelectors[kind];
    if (selector !== undefined) fields[labels] = writeLabels(selector);
    fields[expression] = conditions.labelExpressions[kind] ?? "";
  }
  return fields;
}

function writeRequest(
  request: RequestConditions,
): NonNullable<MessageInitShape<typeof RoleConditionsSchema>["Request"]> {
  return {
    Roles: [...request.roles],
    ClaimsToRoles: writeClaims(request.claimsToRoles),
    ...(Object.keys(request.annotations).length === 0
      ? {}
      : { Annotations: writeLabels(request.annotations) }),
    Thresholds: request.thresholds.map((threshold) => ({
      Name: threshold.name,
      Filter: threshold.filter,
      Approve: threshold.approve,
      Deny: threshold.deny,
    })),
    SuggestedReviewers: [...request.suggestedReviewers],
    SearchAsRoles: [...request.searchAsRoles],
    MaxDuration: writeNanos(request.maxDurationMs),
    kubernetesResources: request.kubernetesResources.map(({ kind, apiGroup }) => ({
      kind,
      APIGroup: apiGroup,
    })),
    ...(request.reasonMode === "" ? {} : { Reason: { Mode: request.reasonMode } }),
  };
}

const writeClaims = (mappings: RequestConditions["claimsToRoles"]) =>
  mappings.map(({ claim, value, roles }) => ({ Claim: claim, Value: value, Roles: [...roles] }));
