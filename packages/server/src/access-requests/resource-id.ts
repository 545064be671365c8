/** `/<cluster>/<kind>/<name>[/<sub resource>]`. */
export interface ResourceId {
  readonly cluster: string;
  readonly kind: string;
  readonly name: string;
  /** Of Kubernetes kinds: `<namespace>/<name>`, or `<name>` where the kind has no namespace. Otherwise "". */
  readonly subResource: string;
}

const clusterWideKubernetesKinds = [
  "namespace",
  "kube_node",
  "persistentvolume",
  "clusterrole",
  "clusterrolebinding",
  "certificatesigningrequest",
] as const;

const namespacedKubernetesKinds = [
  "pod",
  "secret",
  "configmap",
  "service",
  "serviceaccount",
  "persistentvolumeclaim",
  "deployment",
  "replicaset",
  "statefulset",
  "daemonset",
  "kube_role",
  "rolebinding",
  "cronjob",
  "job",
  "ingress",
] as const;

const plainKinds = [
  "node",
  "kube_cluster",
  "db",
  "app",
  "windows_desktop",
  "user_group",
  "saml_idp_service_provider",
  "aws_ic_account",
  "aws_ic_account_assignment",
  "git_server",
] as const;

const namespaced: ReadonlySet<string> = new Set(namespacedKubernetesKinds);
const clusterWide: ReadonlySet<string> = new Set(clusterWideKubernetesKinds);
const plain: ReadonlySet<string> = new Set(plainKinds);

export function isKubernetesKind(kind: string): boolean {
  return namespaced.has(kind) || clusterWide.has(kind);
}

export function isRequestableKind(kind: string): boolean {
  return plain.has(kind) || isKubernetesKind(kind);
}

export function formatResourceId(id: ResourceId): string {
  const base = `/${id.cluster}/${id.kind}/${id.name}`;
  return id.subResource === "" ? base : `${base}/${id.subResource}`;
}

/** Whether nothing of it is missing: a Kubernetes kind needs what is below the name of the cluster. */
export function isWhole(id: ResourceId): boolean {
  const parts = id.subResource === "" ? [] : id.subResource.split("/");
  return id.name !== "" && parts.length === depthOf(id.kind) && !parts.includes("");
}

/** What the ids of a kind look like, in words. */
export function wholeForm(kind: string): string {
  const below = ["", "/<name>", "/<namespace>/<name>"][depthOf(kind)] ?? "";
  return `the id of a ${kind} is /<cluster>/${kind}/<name${below === "" ? "" : " of the Kubernetes cluster"}>${below}`;
}

const depthOf = (kind: string) => (namespaced.has(kind) ? 2 : clusterWide.has(kind) ? 1 : 0);

/** Undefined where the text is not a resource id. Names may hold `/`, so a sub-resource is split off the end. */
export function parseResourceId(text: string): ResourceId | undefined {
  const [, cluster, kind, rest] = /^\/([^/]*)\/([^/]*)\/(.+)$/s.exec(text) ?? [];
  if (cluster === undefined || kind === undefined || rest === undefined) return undefined;
  const depth = depthOf(kind);
  if (depth === 0) return { cluster, kind, name: rest, subResource: "" };
  const parts = rest.split("/");
  if (parts.length <= depth) return undefined;
  const subResource = parts.slice(-depth).join("/");
  return { cluster, kind, name: parts.slice(0, -depth).join("/"), subResource };
}
