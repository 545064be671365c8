import type { CertAuthorityV2 } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { RoleMapping } from "../../roles/index.ts";

/** Which roles the users of the authority's cluster have here; `roles` alone gives these to every one of them. */
export function foreignRoleMap({ Spec: spec }: CertAuthorityV2): readonly RoleMapping[] {
  if (spec === undefined) return [];
  if (spec.Roles.length > 0) return [{ remote: "*", local: spec.Roles }];
  return spec.RoleMap.map(({ Remote, Local }) => ({ remote: Remote, local: Local }));
}
