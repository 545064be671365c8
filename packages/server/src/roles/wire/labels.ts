import { create } from "@bufbuild/protobuf";
import type { Traits } from "@sallyport/api";
import type { RoleConditions as WireConditions } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import {
  type LabelValues,
  LabelValuesSchema,
} from "@sallyport/api/gen/teleport/legacy/types/wrappers/wrappers_pb.js";
import type { LabelledKind } from "../role.ts";

/** The two fields of the wire in which a role selects resources of a kind. */
export const labelFields = {
  node: ["NodeLabels", "NodeLabelsExpression"],
  app: ["AppLabels", "AppLabelsExpression"],
  kubernetes: ["KubernetesLabels", "KubernetesLabelsExpression"],
  db: ["DatabaseLabels", "DatabaseLabelsExpression"],
  db_service: ["DatabaseServiceLabels", "DatabaseServiceLabelsExpression"],
  windows_desktop: ["WindowsDesktopLabels", "WindowsDesktopLabelsExpression"],
  group: ["GroupLabels", "GroupLabelsExpression"],
  cluster: ["ClusterLabels", "ClusterLabelsExpression"],
  workload_identity: ["WorkloadIdentityLabels", "WorkloadIdentityLabelsExpression"],
} as const satisfies Record<LabelledKind, readonly [keyof WireConditions, keyof WireConditions]>;

/** Key → values of labels, traits or annotations. */
export function readLabels(values: LabelValues | undefined): Traits {
  if (values === undefined) return {};
  return Object.fromEntries(Object.entries(values.Values).map(([key, list]) => [key, list.Values]));
}

export function writeLabels(labels: Traits): LabelValues {
  const entries = Object.entries(labels).map(([key, list]) => [key, { Values: [...list] }]);
  return create(LabelValuesSchema, { Values: Object.fromEntries(entries) });
}

export const hasLabels = (values: LabelValues | undefined): boolean =>
  values !== undefined && Object.keys(values.Values).length > 0;
