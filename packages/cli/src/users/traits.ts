import type { Command } from "commander";
import { collect } from "../arguments/split-list.ts";

/** Option → trait of the user; the names of the traits are those that role templates use. */
const traitOptions = [
  { option: "logins", trait: "logins", says: "logins on hosts" },
  { option: "windows-logins", trait: "windows_logins", says: "logins on Windows desktops" },
  { option: "kubernetes-users", trait: "kubernetes_users", says: "users of Kubernetes" },
  { option: "kubernetes-groups", trait: "kubernetes_groups", says: "groups of Kubernetes" },
  { option: "db-users", trait: "db_users", says: "users of databases" },
  { option: "db-names", trait: "db_names", says: "names of databases" },
  { option: "db-roles", trait: "db_roles", says: "roles in databases" },
  { option: "aws-role-arns", trait: "aws_role_arns", says: "AWS roles" },
  { option: "azure-identities", trait: "azure_identities", says: "Azure identities" },
  { option: "gcp-service-accounts", trait: "gcp_service_accounts", says: "GCP service accounts" },
  { option: "host-user-uid", trait: "host_user_uid", says: "uid of the user that is made on hosts" },
  { option: "host-user-gid", trait: "host_user_gid", says: "gid of the user that is made on hosts" },
] as const;

/** Declares an option for each trait, its name after a prefix. */
export function takeTraits(command: Command, prefix: "" | "set-"): Command {
  return traitOptions.reduce(
    (one, { option, says }) =>
      one.option(`--${prefix}${option} <values>`, `${says}, separated by commas`, collect),
    command,
  );
}

/** Trait → values. */
export type NamedTraits = Readonly<Record<string, { readonly Values: string[] }>>;

/** The traits that were named; an option that names nothing empties its trait. */
export function namedTraits(
  options: Readonly<Record<string, unknown>>,
  prefix: "" | "set-",
): Record<string, { readonly Values: string[] }> {
  const named: Record<string, { readonly Values: string[] }> = {};
  for (const { option, trait } of traitOptions) {
    const value = options[camelCase(`${prefix}${option}`)];
    if (Array.isArray(value)) named[trait] = { Values: value.map(String) };
  }
  return named;
}

function camelCase(option: string): string {
  return option.replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
