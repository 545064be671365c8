import { clone, create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  BoolValueSchema,
  type KubernetesResource,
  KubernetesResourceSchema,
  type RoleConditions,
  type RoleOptions,
  type RoleV6,
  RoleV6Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { olderKindOf } from "./kubernetes-kinds.ts";

/** Marks a copy that was made for an older reader; such a copy is never written back. */
export const DOWNGRADED_LABEL = "teleport.internal/downgraded";

/** How old the reader is, as far as roles are concerned. */
const readerAges = ["current", "before 18", "before 17.1"] as const;
export type ReaderAge = (typeof readerAges)[number];

const semver = /^v?(\d{1,9})\.(\d{1,9})\.\d{1,9}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** By the `version` header. Pre-releases know what their release knows; without a header nothing is changed. */
export function readerAge(clientVersion: string | undefined): ReaderAge {
  if (clientVersion === undefined || clientVersion === "") return "current";
  const match = semver.exec(clientVersion);
  if (match === null) {
    throw new AppError("BAD_PARAMETER", `the client version ${JSON.stringify(clientVersion)} is no version`);
  }
  const major = Number(match[1]);
  if (major >= 18) return "current";
  return major === 17 && Number(match[2]) >= 1 ? "before 18" : "before 17.1";
}

/** The role as a reader of that age understands it; the same object where nothing needs to change. */
export function downgradeRole(role: RoleV6, age: ReaderAge): RoleV6 {
  const hasNewVersion = age !== "current" && role.Version === "v8";
  const hasNewForwarding = age === "before 17.1" && role.Spec?.Options?.SSHPortForwarding !== undefined;
  if (!hasNewVersion && !hasNewForwarding) return role;
  const copy = clone(RoleV6Schema, role);
  const reasons: string[] = [];
  if (hasNewVersion) {
    copy.Version = "v7";
    if (copy.Spec?.Allow !== undefined) narrowAllow(copy.Spec.Allow);
    if (copy.Spec?.Deny !== undefined) widenDeny(copy.Spec.Deny);
    reasons.push("role version v8");
  }
  if (hasNewForwarding && copy.Spec?.Options !== undefined) {
    mergeForwarding(copy.Spec.Options);
    reasons.push("ssh_port_forwarding");
  }
  if (copy.Metadata !== undefined) copy.Metadata.Labels[DOWNGRADED_LABEL] = reasons.join(", ");
  return copy;
}

/** What the older version cannot say is left out of an allowance. */
function narrowAllow(allow: RoleConditions): void {
  const narrowed = allow.KubernetesResources.map((resource) => toOlder(resource, "allow"));
  const kept = narrowed.filter((resource) => resource !== undefined);
  // An older reader fills an empty list with everything, so the clusters themselves have to go.
  if (kept.length === 0 && narrowed.length > 0) {
    delete allow.KubernetesLabels;
    allow.KubernetesLabelsExpression = "";
  }
  allow.KubernetesResources = kept;
  mapRequestKinds(allow);
}

/** What the older version cannot say denies everything. */
function widenDeny(deny: RoleConditions): void {
  deny.KubernetesResources = deny.KubernetesResources.map(
    (resource) =>
      toOlder(resource, "deny") ??
      create(KubernetesResourceSchema, { Kind: "*", Namespace: "*", Name: "*", Verbs: ["*"] }),
  );
  mapRequestKinds(deny);
}

function toOlder(resource: KubernetesResource, side: "allow" | "deny"): KubernetesResource | undefined {
  const kind = olderKindOf(resource.Kind, resource.APIGroup);
  // The older `namespace` covers all that lies in it, the newer one only the object itself.
  if (kind === undefined || (kind === "namespace" && side === "allow")) return undefined;
  return create(KubernetesResourceSchema, {
    Kind: kind,
    Namespace: resource.Namespace === "" ? "*" : resource.Namespace,
    Name: resource.Name,
    Verbs: resource.Verbs,
  });
}

function mapRequestKinds(conditions: RoleConditions): void {
  for (const resource of conditions.Request?.kubernetesResources ?? []) {
    resource.kind = olderKindOf(resource.kind, resource.APIGroup) ?? resource.kind;
    resource.APIGroup = "";
  }
}

/** The older switch knows both directions only, so it is on where neither is closed. */
function mergeForwarding(options: RoleOptions): void {
  const { Local: local, Remote: remote } = options.SSHPortForwarding ?? {};
  const open = local?.Enabled?.Value !== false && remote?.Enabled?.Value !== false;
  options.PortForwarding = create(BoolValueSchema, { Value: open });
  delete options.SSHPortForwarding;
}
