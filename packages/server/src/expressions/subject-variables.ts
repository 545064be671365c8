import type { ExpressionUser, RuleSubject } from "./environment.ts";
import { evaluationError } from "./expression-error.ts";
import { toList, toText } from "./read-value.ts";
import type { ValueType, Variable } from "./vocabulary.ts";

type Variables<Env> = Readonly<Record<string, Variable<Env>>>;
type FieldTypes = Readonly<Record<string, ValueType>>;

/** `<prefix>.metadata.name` and the other facts of a user that may be asked for. */
export function userVariables<Env>(
  prefix: string,
  pick: (env: Env) => ExpressionUser | undefined,
): Variables<Env> {
  const user = (env: Env): ExpressionUser => {
    const found = pick(env);
    if (found === undefined) throw evaluationError(`${prefix} is not there`);
    return found;
  };
  return {
    [`${prefix}.metadata.name`]: { type: "text", read: (env) => user(env).name },
    [`${prefix}.metadata.labels`]: { type: "text map", read: (env) => user(env).labels ?? {} },
    [`${prefix}.spec.roles`]: { type: "list", read: (env) => user(env).roles },
    [`${prefix}.spec.traits`]: { type: "list map", read: (env) => user(env).traits },
  };
}

/** `<prefix>.<field>` for objects with a closed set of fields; what an object does not have is empty. */
export function fieldVariables<Env>(
  prefix: string,
  pick: (env: Env) => RuleSubject | undefined,
  fields: FieldTypes,
): Variables<Env> {
  const entries = Object.entries(fields).map(([name, type]): [string, Variable<Env>] => [
    `${prefix}.${name}`,
    { type, read: (env) => convert(type, fieldOf(pick(env), name)) },
  ]);
  return Object.fromEntries(entries);
}

function fieldOf(subject: RuleSubject | undefined, name: string): unknown {
  return subject !== undefined && Object.hasOwn(subject, name) ? (subject[name] ?? undefined) : undefined;
}

function convert(type: ValueType, value: unknown): unknown {
  if (type === "text") return toText(value);
  return type === "list" ? toList(value) : value;
}

const texts = (...names: readonly string[]): FieldTypes =>
  Object.fromEntries(names.map((name) => [name, "text"]));
const lists = (...names: readonly string[]): FieldTypes =>
  Object.fromEntries(names.map((name) => [name, "list"]));
const textMaps = (...names: readonly string[]): FieldTypes =>
  Object.fromEntries(names.map((name) => [name, "text map"]));
const others = (...names: readonly string[]): FieldTypes =>
  Object.fromEntries(names.map((name) => [name, "dynamic"]));

/** Fields of the events that end a session on a server, a cluster or a desktop. */
export const sessionFields: FieldTypes = {
  ...texts("event", "uid", "code", "time", "cluster_name", "user", "login", "impersonator", "user_kind"),
  ...texts("aws_role_arn", "azure_identity", "gcp_service_account", "required_private_key_policy"),
  ...texts("bot_name", "bot_instance_id", "sid", "with_mfa", "private_key_policy", "namespace"),
  ...texts(
    "server_id",
    "server_hostname",
    "server_addr",
    "forwarded_by",
    "server_sub_kind",
    "server_version",
  ),
  ...texts("addr.local", "addr.remote", "proto", "session_start", "session_stop", "session_recording"),
  ...texts("kubernetes_cluster", "kubernetes_pod_name", "kubernetes_pod_namespace", "kubernetes_node_name"),
  ...texts("kubernetes_container_name", "kubernetes_container_image", "windows_desktop_service"),
  ...texts("desktop_addr", "desktop_name", "windows_domain", "windows_user"),
  ...lists("participants", "access_requests", "initial_command", "kubernetes_users", "kubernetes_groups"),
  ...textMaps("server_labels", "kubernetes_labels", "desktop_labels"),
  ...others("ei", "enhanced_recording", "interactive", "recorded", "trusted_device"),
};

export const sshSessionFields: FieldTypes = {
  ...texts("namespace", "login", "created", "last_active", "server_id", "server_hostname", "server_addr"),
  ...texts("cluster_name"),
  ...lists("participants"),
};

export const sessionTrackerFields: FieldTypes = {
  ...texts(
    "session_id",
    "kind",
    "state",
    "hostname",
    "address",
    "login",
    "cluster",
    "kube_cluster",
    "host_user",
  ),
  ...lists("participants", "host_roles"),
};

export const hostCertFields: FieldTypes = {
  ...texts("host_id", "node_name", "cluster_name", "role"),
  ...lists("principals"),
  ...others("ttl"),
};
