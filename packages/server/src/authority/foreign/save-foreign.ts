import { AppError } from "@sallyport/api";
import type { CertAuthorityV2 } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { Call } from "../../rpc/index.ts";
import type { CaType } from "../ca-types.ts";
import { acceptForeign } from "./accept-foreign.ts";
import { foreignAuthorityDeleted, foreignAuthorityWritten } from "./events.ts";
import type { ForeignDeps } from "./rotate-external.ts";

/** Writes the authority of another cluster, as somebody brought it over, whatever was there before. */
export async function saveForeign(
  { authorities, clusterName, auditChange }: ForeignDeps,
  sent: CertAuthorityV2 | undefined,
  call: Call,
): Promise<CertAuthorityV2> {
  const { type, cluster, authority } = acceptForeign(sent, clusterName);
  return authorities.of(type).upsert(authority, auditChange(foreignAuthorityWritten(type, cluster, call)));
}

/** Believes an authority of another cluster no more. */
export async function deleteForeign(
  { authorities, clusterName, auditChange }: ForeignDeps,
  type: CaType,
  cluster: string,
  call: Call,
): Promise<void> {
  if (cluster === clusterName) {
    throw new AppError(
      "BAD_PARAMETER",
      "the own cluster cannot do without its certificate authorities; rotate them",
    );
  }
  await authorities.of(type).delete(cluster, auditChange(foreignAuthorityDeleted(type, cluster, call)));
}
