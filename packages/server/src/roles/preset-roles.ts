import { DEFAULT_SESSION_TTL_MS, newRole } from "./new-role.ts";
import type { Role } from "./role.ts";
import { anyLabels, readOnly, readWrite, rule, rules } from "./rule-words.ts";

/** Says that a role came with the cluster; only such roles get new default rules when the cluster is upgraded. */
export const RESOURCE_TYPE_LABEL = "teleport.internal/resource-type";

const labels = { [RESOURCE_TYPE_LABEL]: "preset" };

/** Roles that make a resource reachable after an approved request; some of them may not exist. */
const requestableRoles = ["access", "group-access", "aws-ic-access"] as const;

/** What an editor may change: the cluster's settings, never who gets access by request. */
const editableKinds = [
  "user",
  "role",
  "bot",
  "bot_instance",
  "oidc",
  "saml",
  "github",
  "oidc_request",
  "saml_request",
  "github_request",
  "auth_connector",
  "token",
  "trusted_cluster",
  "remote_cluster",
  "cluster_name",
  "cluster_auth_preference",
  "session_recording_config",
  "cluster_audit_config",
  "cluster_networking_config",
  "cluster_config",
  "cluster_maintenance_config",
  "external_audit_storage",
  "ui_config",
  "connection_diagnostic",
  "db",
  "database_certificate",
  "db_object_import_rule",
  "installer",
  "login_rule",
  "saml_idp_service_provider",
  "user_group",
  "plugin",
  "okta_import_rule",
  "okta_assignment",
  "lock",
  "billing",
  "cluster_alert",
  "access_list",
  "node",
  "discovery_config",
  "access_graph",
  "access_graph_settings",
  "crown_jewel",
  "server_info",
  "access_monitoring_rule",
  "app_server",
  "vnet_config",
  "spiffe_federation",
  "notification",
  "static_host_user",
  "user_task",
  "aws_identity_center",
  "contact",
  "workload_identity",
  "workload_identity_x509_revocation",
  "workload_identity_x509_issuer_override",
  "workload_identity_x509_issuer_override_csr",
  "autoupdate_version",
  "autoupdate_config",
  "git_server",
  "health_check_config",
  "sigstore_policy",
] as const;

/** What the Terraform provider manages. */
const terraformKinds = [
  "access_list",
  "access_monitoring_rule",
  "app",
  "autoupdate_config",
  "autoupdate_version",
  "bot",
  "cluster_auth_preference",
  "cluster_maintenance_config",
  "cluster_networking_config",
  "db",
  "device",
  "dynamic_windows_desktop",
  "git_server",
  "github",
  "health_check_config",
  "installer",
  "login_rule",
  "node",
  "oidc",
  "okta_import_rule",
  "role",
  "saml",
  "session_recording_config",
  "static_host_user",
  "token",
  "trusted_cluster",
  "user",
  "workload_identity",
] as const;

/** The roles that every cluster starts with. */
export const presetRoles: readonly Role[] = [
  access(),
  editor(),
  auditor(),
  reviewer(),
  requester(),
  wildcardWorkloadIdentityIssuer(),
  terraformProvider(),
];

function access(): Role {
  return newRole("access", {
    version: "v7",
    labels,
    description: "Access cluster resources",
    options: {
      maxSessionTtlMs: DEFAULT_SESSION_TTL_MS,
      forwardAgent: true,
      sshPortForwarding: { local: true, remote: true },
      recordDesktop: true,
    },
    allow: {
      labelSelectors: {
        node: anyLabels,
        app: anyLabels,
        kubernetes: anyLabels,
        windows_desktop: anyLabels,
        db: anyLabels,
        db_service: anyLabels,
      },
      logins: ["{{internal.logins}}"],
      windowsDesktopLogins: ["{{internal.windows_logins}}"],
      kubernetesUsers: ["{{internal.kubernetes_users}}"],
      kubernetesGroups: ["{{internal.kubernetes_groups}}"],
      kubernetesResources: [{ kind: "*", apiGroup: "", namespace: "*", name: "*", verbs: ["*"] }],
      awsRoleArns: ["{{internal.aws_role_arns}}"],
      azureIdentities: ["{{internal.azure_identities}}"],
      gcpServiceAccounts: ["{{internal.gcp_service_accounts}}"],
      databaseNames: ["{{internal.db_names}}"],
      databaseUsers: ["{{internal.db_users}}"],
      databaseRoles: ["{{internal.db_roles}}"],
      githubOrganizations: ["{{internal.github_orgs}}"],
      rules: [
        rule("event", readOnly),
        rule("session", readOnly, "contains(session.participants, user.metadata.name)"),
        rule("instance", readOnly),
        rule("cluster_maintenance_config", readOnly),
      ],
    },
  });
}

function editor(): Role {
  return newRole("editor", {
    version: "v7",
    labels,
    description: "Edit cluster configuration",
    options: {
      maxSessionTtlMs: DEFAULT_SESSION_TTL_MS,
      forwardAgent: true,
      sshPortForwarding: { local: true, remote: true },
      recordDesktop: false,
    },
    allow: {
      rules: [
        ...rules(editableKinds, readWrite),
        ...rules(["db_service", "instance", "autoupdate_agent_rollout"], readOnly),
        ...rules(["integration", "security_report", "audit_query"], [...readWrite, "use"]),
        rule("device", [...readWrite, "create_enroll_token", "enroll"]),
        // The inventory of certificates: to update is to revoke, and nothing in it is created or deleted by hand.
        rule("certificate", [...readOnly, "update"]),
      ],
    },
  });
}

function auditor(): Role {
  return newRole("auditor", {
    version: "v7",
    labels,
    description: "Review cluster events and replay sessions",
    options: { maxSessionTtlMs: DEFAULT_SESSION_TTL_MS, recordDesktop: false },
    allow: {
      rules: [
        ...rules(
          ["session", "event", "session_tracker", "cluster_alert", "instance", "certificate"],
          readOnly,
        ),
        ...rules(["security_report", "audit_query"], [...readOnly, "use"]),
        ...rules(["bot_instance", "notification"], readOnly),
      ],
    },
  });
}

function reviewer(): Role {
  return newRole("reviewer", {
    version: "v7",
    labels,
    description: "Review access requests",
    allow: {
      reviewRequests: {
        roles: requestableRoles,
        claimsToRoles: [],
        where: "",
        previewAsRoles: requestableRoles,
      },
    },
  });
}

function requester(): Role {
  return newRole("requester", {
    version: "v7",
    labels,
    description: "Request all resources",
    allow: {
      request: {
        roles: [],
        claimsToRoles: [],
        annotations: {},
        thresholds: [],
        suggestedReviewers: [],
        searchAsRoles: requestableRoles,
        maxDurationMs: 0,
        kubernetesResources: [],
        reasonMode: "",
      },
    },
  });
}

function wildcardWorkloadIdentityIssuer(): Role {
  return newRole("wildcard-workload-identity-issuer", {
    version: "v7",
    labels,
    description: "Issue workload identities",
    allow: {
      labelSelectors: { workload_identity: anyLabels },
      rules: [rule("workload_identity", readOnly)],
    },
  });
}

/** Sees every resource that it manages; without logins and users it gets into none of them. */
function terraformProvider(): Role {
  return newRole("terraform-provider", {
    version: "v7",
    labels,
    description: "Manage resources with the Terraform provider",
    allow: {
      labelSelectors: { app: anyLabels, db: anyLabels, node: anyLabels, windows_desktop: anyLabels },
      rules: rules(terraformKinds, readWrite),
    },
  });
}
