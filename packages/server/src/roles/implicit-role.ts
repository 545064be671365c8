import { MAX_DURATION_MS, newRole } from "./new-role.ts";
import type { Role } from "./role.ts";
import { create, readOnly, readWithoutSecrets, rule } from "./rule-words.ts";

export const IMPLICIT_ROLE_NAME = "default-implicit-role";

const readableKinds = [
  "node",
  "proxy",
  "auth_server",
  "reverse_tunnel",
  "cluster_auth_preference",
  "cluster_name",
  "ssh_session",
  "app_server",
  "remote_cluster",
  "kube_server",
  "db_server",
  "db",
  "app",
  "windows_desktop_service",
  "windows_desktop",
  "dynamic_windows_desktop",
  "kube_cluster",
  "vnet_config",
  "spiffe_federation",
  "saml_idp_service_provider",
  "aws_identity_center",
  "git_server",
] as const;

/** What everybody who is somebody may do. */
export const implicitRole: Role = newRole(IMPLICIT_ROLE_NAME, {
  version: "v3",
  options: { maxSessionTtlMs: MAX_DURATION_MS, recordDesktop: false },
  allow: {
    rules: [
      ...readableKinds.map((kind) => rule(kind, readOnly)),
      rule("cert_authority", readWithoutSecrets),
      rule("usage_event", create),
    ],
  },
});

/** The roles with the implicit one at the end, once. A lone Nop stays alone. */
export function withImplicitRole(roles: readonly Role[]): readonly Role[] {
  if (roles.some((role) => role.name === IMPLICIT_ROLE_NAME)) return roles;
  if (roles.length === 1 && roles[0]?.name === "Nop") return roles;
  return [...roles, implicitRole];
}
