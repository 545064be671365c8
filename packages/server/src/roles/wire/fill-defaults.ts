import { create } from "@bufbuild/protobuf";
import {
  BoolValueSchema,
  IdPOptionsSchema,
  type KubernetesResource,
  KubernetesResourceSchema,
  MetadataSchema,
  RecordSessionSchema,
  RequireMFAType,
  type RoleConditions,
  RoleConditionsSchema,
  type RoleOptions,
  RoleOptionsSchema,
  RoleSpecV6Schema,
  type RoleV6,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { writeNanos } from "../../rpc/wire-time.ts";
import { DEFAULT_SESSION_TTL_MS } from "../new-role.ts";
import { type RoleVersion, roleVersions } from "../role.ts";
import { hasLabels, writeLabels } from "./labels.ts";

/** What a role of a version allows without saying so. */
interface VersionDefaults {
  /** Nodes (where the role has logins), applications, Kubernetes clusters and databases, whatever their labels. */
  readonly allowsAllLabels: boolean;
  readonly kubernetesResources: "pods" | "none" | "all" | "all groups";
  readonly fillsKubernetesVerbs: boolean;
  readonly hasSamlOption: boolean;
}

const defaultsByVersion: Readonly<Record<RoleVersion, VersionDefaults>> = {
  v3: {
    allowsAllLabels: true,
    kubernetesResources: "pods",
    fillsKubernetesVerbs: true,
    hasSamlOption: true,
  },
  v4: {
    allowsAllLabels: false,
    kubernetesResources: "pods",
    fillsKubernetesVerbs: true,
    hasSamlOption: true,
  },
  v5: {
    allowsAllLabels: false,
    kubernetesResources: "pods",
    fillsKubernetesVerbs: true,
    hasSamlOption: true,
  },
  v6: {
    allowsAllLabels: false,
    kubernetesResources: "none",
    fillsKubernetesVerbs: true,
    hasSamlOption: true,
  },
  v7: {
    allowsAllLabels: false,
    kubernetesResources: "all",
    fillsKubernetesVerbs: false,
    hasSamlOption: true,
  },
  v8: {
    allowsAllLabels: false,
    kubernetesResources: "all groups",
    fillsKubernetesVerbs: false,
    hasSamlOption: false,
  },
};

const any = () => writeLabels({ "*": ["*"] });
const yes = () => create(BoolValueSchema, { Value: true });

export const readVersion = (version: string): RoleVersion | undefined =>
  roleVersions.find((known) => known === version);

/**
 * Writes the defaults of the role's version into the message, so that every reader sees the same role. Doing it
 * again changes nothing. An unknown version counts as the newest, as in the contract.
 */
export function fillDefaults(role: RoleV6): void {
  const version = readVersion(role.Version) ?? "v8";
  role.Kind = "role";
  role.Version = version;
  role.Metadata ??= create(MetadataSchema);
  role.Metadata.Namespace = "default";
  role.Spec ??= create(RoleSpecV6Schema);
  role.Spec.Options ??= create(RoleOptionsSchema);
  role.Spec.Allow ??= create(RoleConditionsSchema);
  role.Spec.Deny ??= create(RoleConditionsSchema);
  fillOptions(role.Spec.Options, defaultsByVersion[version]);
  for (const conditions of [role.Spec.Allow, role.Spec.Deny]) {
    if (conditions.Namespaces.length === 0) conditions.Namespaces = ["default"];
    if (defaultsByVersion[version].fillsKubernetesVerbs) fillKubernetesVerbs(conditions);
  }
  fillAllow(role.Spec.Allow, defaultsByVersion[version]);
}

function fillOptions(options: RoleOptions, defaults: VersionDefaults): void {
  if (options.MaxSessionTTL <= 0n) options.MaxSessionTTL = writeNanos(DEFAULT_SESSION_TTL_MS);
  if (options.CertificateFormat === "") options.CertificateFormat = "standard";
  if (options.BPF.length === 0) options.BPF = ["command", "network"];
  options.RecordSession ??= create(RecordSessionSchema, { Desktop: yes(), Default: "best_effort" });
  options.DesktopClipboard ??= yes();
  options.DesktopDirectorySharing ??= yes();
  options.SSHFileCopy ??= yes();
  if (defaults.hasSamlOption) options.IDP ??= create(IdPOptionsSchema, { SAML: { Enabled: yes() } });
  // Clients of before v13 only know the older switch.
  if (options.RequireSessionMFA && options.RequireMFAType === RequireMFAType.OFF) {
    options.RequireMFAType = RequireMFAType.SESSION;
  }
}

function fillAllow(allow: RoleConditions, defaults: VersionDefaults): void {
  if (defaults.allowsAllLabels) {
    if (!hasLabels(allow.NodeLabels) && allow.Logins.length > 0) allow.NodeLabels = any();
    if (!hasLabels(allow.AppLabels)) allow.AppLabels = any();
    if (!hasLabels(allow.KubernetesLabels)) allow.KubernetesLabels = any();
    if (!hasLabels(allow.DatabaseLabels)) allow.DatabaseLabels = any();
  }
  const selectsKubernetes = hasLabels(allow.KubernetesLabels) || allow.KubernetesLabelsExpression !== "";
  if (allow.KubernetesResources.length === 0 && selectsKubernetes) {
    allow.KubernetesResources = defaultKubernetesResources(defaults.kubernetesResources);
  }
  for (const threshold of allow.Request?.Thresholds ?? []) {
    if (threshold.Approve === 0) threshold.Approve = 1;
    if (threshold.Deny === 0) threshold.Deny = 1;
  }
}

function defaultKubernetesResources(which: VersionDefaults["kubernetesResources"]): KubernetesResource[] {
  const everywhere = { Namespace: "*", Name: "*", Verbs: ["*"] };
  switch (which) {
    case "none":
      return [];
    case "pods":
      return [create(KubernetesResourceSchema, { ...everywhere, Kind: "pod" })];
    case "all":
      return [create(KubernetesResourceSchema, { ...everywhere, Kind: "*" })];
    case "all groups":
      return [create(KubernetesResourceSchema, { ...everywhere, Kind: "*", APIGroup: "*" })];
  }
}

function fillKubernetesVerbs(conditions: RoleConditions): void {
  for (const resource of conditions.KubernetesResources) {
    if (resource.Verbs.length === 0) resource.Verbs = ["*"];
  }
}
