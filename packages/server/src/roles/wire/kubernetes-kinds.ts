const rbac = "rbac.authorization.k8s.io";

/** The kinds that role versions up to v7 know: plural name, API group, older name. */
const kinds: readonly (readonly [string, string, string])[] = [
  ["pods", "", "pod"],
  ["secrets", "", "secret"],
  ["configmaps", "", "configmap"],
  ["namespaces", "", "namespace"],
  ["services", "", "service"],
  ["serviceaccounts", "", "serviceaccount"],
  ["nodes", "", "kube_node"],
  ["persistentvolumes", "", "persistentvolume"],
  ["persistentvolumeclaims", "", "persistentvolumeclaim"],
  ["deployments", "apps", "deployment"],
  ["replicasets", "apps", "replicaset"],
  ["statefulsets", "apps", "statefulset"],
  ["daemonsets", "apps", "daemonset"],
  ["clusterroles", rbac, "clusterrole"],
  ["roles", rbac, "kube_role"],
  ["clusterrolebindings", rbac, "clusterrolebinding"],
  ["rolebindings", rbac, "rolebinding"],
  ["cronjobs", "batch", "cronjob"],
  ["jobs", "batch", "job"],
  ["certificatesigningrequests", "certificates.k8s.io", "certificatesigningrequest"],
  ["ingresses", "networking.k8s.io", "ingress"],
];

/** The name that older roles use for the kind; undefined where they have none. */
export function olderKindOf(kind: string, apiGroup: string): string | undefined {
  if (kind === "*") return apiGroup === "*" ? "*" : undefined;
  return kinds.find(([plural, group]) => plural === kind && (apiGroup === group || apiGroup === "*"))?.[2];
}
