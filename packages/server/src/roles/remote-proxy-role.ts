import { MAX_DURATION_MS, newRole } from "./new-role.ts";
import type { Role } from "./role.ts";
import { anyLabels, readOnly, readWithoutSecrets, rule, rules } from "./rule-words.ts";

const readable = [
  "node",
  "proxy",
  "namespace",
  "user",
  "role",
  "auth_server",
  "reverse_tunnel",
  "tunnel_connection",
  "cluster_name",
  "cluster_audit_config",
  "cluster_networking_config",
  "session_recording_config",
  "cluster_auth_preference",
  "kube_server",
  "installer",
  "ui_config",
  "db_service",
  "git_server",
] as const;

/** What a proxy of another cluster may do here. Of authorities it changes those of its own cluster alone. */
export function remoteProxyRole(cluster: string): Role {
  const ownCluster = `equals(resource.metadata.name, ${JSON.stringify(cluster)})`;
  return newRole("RemoteProxy", {
    version: "v8",
    options: { maxSessionTtlMs: MAX_DURATION_MS },
    allow: {
      labelSelectors: { node: anyLabels, app: anyLabels, db: anyLabels, kubernetes: anyLabels },
      rules: [
        ...rules(readable, readOnly),
        rule("cert_authority", readWithoutSecrets),
        rule("cert_authority", ["read", "rotate"], ownCluster),
      ],
    },
  });
}
