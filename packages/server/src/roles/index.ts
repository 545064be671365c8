// What roles allow: their language, their store and the pure access decision.
export { applyTraits } from "./apply-traits.ts";
export { builtinRolesOf } from "./builtin-roles.ts";
export { decidePrincipals, type PrincipalList, type PrincipalsVerdict } from "./certificate-principals.ts";
export type { ConsideredRule } from "./consider-rules.ts";
export { decideImpersonation, mayImpersonateSomebody } from "./decide-impersonation.ts";
export { decideResourceAccess, type LabelledResource } from "./decide-resource-access.ts";
export type { AccessExplanation } from "./explain-access.ts";
export { accessExplainRpcs, type ExplainDeps } from "./explain-rpc.ts";
export { newRole } from "./new-role.ts";
export { permissionsOf } from "./permissions.ts";
export { remoteProxyRole } from "./remote-proxy-role.ts";
export type * from "./role.ts";
export { checkRoleMap, mapRemoteRoles, type RoleMapping, rolesNamedIn } from "./role-map.ts";
export {
  type CombinedOptions,
  combineLockingMode,
  combineMfaInterval,
  combineOptions,
  type LockingMode,
} from "./role-options.ts";
export { roleRpcs } from "./rpc.ts";
export { acceptRole, type RoleDeps } from "./save-role.ts";
export { settlePresets } from "./settle-presets.ts";
export { createRoleStore, type RoleStore } from "./store.ts";
export { roleWatchSource } from "./watch-source.ts";
export { readRole } from "./wire/read-role.ts";
