import { type SystemRole, systemRoles } from "../rpc/caller.ts";
import { MAX_DURATION_MS, newRole } from "./new-role.ts";
import type { LabelledKind, LabelSelector, Role, Rule } from "./role.ts";
import { anyLabels, create, readOnly, readWithoutSecrets, readWrite, rule, rules } from "./rule-words.ts";

interface BuiltinRole {
  readonly labels?: Readonly<Partial<Record<LabelledKind, LabelSelector>>>;
  readonly githubOrganizations?: readonly string[];
  readonly rules?: (cluster: string) => readonly Rule[];
}

const any = (...kinds: readonly LabelledKind[]) => Object.fromEntries(kinds.map((kind) => [kind, anyLabels]));

/** Kinds of the cluster's own settings, which nearly every service reads. */
const settings = [
  "cluster_name",
  "cluster_audit_config",
  "cluster_networking_config",
  "session_recording_config",
  "cluster_auth_preference",
] as const;

const people = ["user", "namespace", "role"] as const;
const dataService = [...people, ...settings, "proxy", "auth_server", "tunnel_connection", "lock"] as const;
const fromOkta = 'equals(resource.metadata.labels["teleport.dev/origin"], "okta")';

const builtinRoles: Readonly<Partial<Record<SystemRole, BuiltinRole>>> = {
  Admin: {
    labels: any(
      "node",
      "app",
      "kubernetes",
      "db",
      "db_service",
      "windows_desktop",
      "group",
      "cluster",
      "workload_identity",
    ),
    githubOrganizations: ["*"],
    rules: () => [rule("*", readWrite), rule("device", [...readWrite, "create_enroll_token", "enroll"])],
  },
  Auth: { rules: () => rules(["auth_server"], readWrite) },
  Nop: {},
  ProvisionToken: {},
  Signup: { rules: () => rules(["auth_server", "cluster_auth_preference"], readOnly) },
  Node: {
    labels: any("node"),
    rules: () => [
      ...rules(
        ["node", "ssh_session", "event", "reverse_tunnel", "semaphore", "connection_diagnostic"],
        readWrite,
      ),
      rule("stable_unix_user", ["create", "read"]),
      ...rules([...dataService, "static_host_user", "session", "network_restrictions"], readOnly),
      rule("cert_authority", readWithoutSecrets),
    ],
  },
  App: {
    labels: any("app"),
    rules: () => [
      ...rules(["event", "reverse_tunnel", "app_server", "jwt"], readWrite),
      ...rules([...dataService, "app"], readOnly),
      rule("cert_authority", readWithoutSecrets),
    ],
  },
  Db: {
    labels: any("db"),
    rules: () => [
      ...rules(
        [
          "event",
          "reverse_tunnel",
          "db_server",
          "db_service",
          "db_object",
          "semaphore",
          "connection_diagnostic",
        ],
        readWrite,
      ),
      ...rules([...dataService, "db", "db_object_import_rule", "health_check_config"], readOnly),
      rule("cert_authority", readWithoutSecrets),
    ],
  },
  Kube: {
    labels: any("kubernetes"),
    rules: () => [
      ...rules(["kube_server", "kube_ephemeral_container", "event", "semaphore"], readWrite),
      ...rules([...settings, ...people, "lock", "kube_cluster"], readOnly),
      rule("cert_authority", readWithoutSecrets),
    ],
  },
  WindowsDesktop: {
    labels: any("windows_desktop"),
    rules: () => [
      ...rules(["event", "windows_desktop_service", "windows_desktop", "dynamic_windows_desktop"], readWrite),
      ...rules([...settings, ...people, "lock"], readOnly),
      rule("cert_authority", readWithoutSecrets),
    ],
  },
  Discovery: {
    labels: {
      kubernetes: { "teleport.dev/origin": ["cloud"] },
      db: { "teleport.dev/origin": ["cloud"] },
      app: { "teleport.dev/origin": ["discovery-kubernetes"] },
    },
    rules: () => [
      ...rules(
        ["event", "node", "kube_cluster", "db", "server_info", "app", "semaphore", "user_task"],
        readWrite,
      ),
      ...rules(["cluster_name", "namespace", "kube_server", "discovery_config"], readOnly),
      rule("integration", [...readOnly, "use"]),
      rule("cert_authority", readWithoutSecrets),
    ],
  },
  Okta: {
    labels: any("app", "group"),
    rules: () => [
      ...rules(
        ["semaphore", "event", "app_server", "user", "user_group", "okta_assignment", "lock"],
        readWrite,
      ),
      rule("role", readWrite, fromOkta),
      rule("access_list", readWrite, fromOkta),
      ...rules(
        [
          "cluster_name",
          "cluster_networking_config",
          "okta_import_rule",
          "proxy",
          "cluster_auth_preference",
          "role",
          "access_list",
        ],
        readOnly,
      ),
      ...rules(["cert_authority", "saml"], readWithoutSecrets),
    ],
  },
  MDM: { rules: () => rules(["device"], readWrite) },
  AccessGraphPlugin: { rules: () => rules(["semaphore"], readWrite) },
  Proxy: {
    labels: any("cluster", "node", "app", "db", "db_service", "kubernetes"),
    githubOrganizations: ["*"],
    rules: proxyRules,
  },
};

function proxyRules(cluster: string): readonly Rule[] {
  const foreignHosts = `equals(system.catype(), "host") && !equals(resource.metadata.name, ${JSON.stringify(cluster)})`;
  return [
    ...rules(
      [
        "proxy",
        "oidc_request",
        "saml_request",
        "github_request",
        "ssh_session",
        "event",
        "tunnel_connection",
        "semaphore",
        "web_session",
        "web_token",
        "kube_server",
        "kube_ephemeral_container",
        "connection_diagnostic",
        "host_cert",
      ],
      readWrite,
    ),
    ...rules([...settings, ...people, ...proxyReads], readOnly),
    rule("integration", [...readOnly, "use"]),
    rule("token", ["read", "delete"]),
    rule("database_certificate", create),
    rule("plugin", ["read"], 'equals(resource.metadata.labels["type"], "openai")'),
    ...rules(["oidc", "saml", "github", "cert_authority"], readWithoutSecrets),
    rule("cert_authority", ["create", "read", "update"], foreignHosts),
  ];
}

const proxyReads = [
  "cluster_maintenance_config",
  "autoupdate_config",
  "autoupdate_version",
  "autoupdate_agent_rollout",
  "audit_query",
  "security_report",
  "security_report_state",
  "user_task",
  "git_server",
  "access_graph_settings",
  "session",
  "node",
  "auth_server",
  "reverse_tunnel",
  "ui_config",
  "static_tokens",
  "remote_cluster",
  "app_server",
  "db_server",
  "lock",
  "windows_desktop",
  "windows_desktop_service",
  "installer",
  "db_service",
  "saml_idp_service_provider",
  "user_group",
] as const;

/** The role of a service of this cluster; undefined for a system role that brings no rules of its own. */
export function builtinRole(name: SystemRole, cluster: string): Role | undefined {
  const builtin = builtinRoles[name];
  if (builtin === undefined) return undefined;
  return newRole(name, {
    version: "v8",
    options: { maxSessionTtlMs: MAX_DURATION_MS },
    allow: {
      labelSelectors: builtin.labels ?? {},
      githubOrganizations: builtin.githubOrganizations ?? [],
      rules: builtin.rules?.(cluster) ?? [],
    },
  });
}

/** Finds the roles of services by the system roles of their certificate; each is made once. */
export function builtinRolesOf(cluster: string): (names: readonly string[]) => readonly Role[] {
  const known = new Map(systemRoles.map((name) => [name as string, builtinRole(name, cluster)]));
  return (names) => names.map((name) => known.get(name)).filter((role) => role !== undefined);
}
