import { clone, create, equals } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { AuditEntry } from "../../audit/index.ts";
import { ruleSubject } from "../../resources/index.ts";
import type { Call } from "../../rpc/index.ts";
import type { Change } from "../../storage/index.ts";
import type { AuthorityStore } from "../store.ts";
import { acceptForeign } from "./accept-foreign.ts";
import { foreignAuthorityWritten } from "./events.ts";

export interface ForeignDeps {
  readonly authorities: AuthorityStore;
  readonly clusterName: string;
  auditChange(entry: AuditEntry): Change;
}

/**
 * Another cluster rotates its keys and tells us the new ones. Only its own proxy may, and only public keys and the
 * state of the rotation are taken over: what its users may do here stays for us to say.
 */
export async function rotateExternal(
  { authorities, clusterName, auditChange }: ForeignDeps,
  sent: CertAuthorityV2 | undefined,
  call: Call,
): Promise<void> {
  const { caller } = call;
  const subject = ruleSubject(CertAuthorityV2Schema, sent ?? create(CertAuthorityV2Schema));
  const verdict = caller.permissions.check("cert_authority", ["rotate"], subject);
  if (!verdict.allow) throw new AppError("ACCESS_DENIED", undefined, { cause: verdict.because });
  const { type, cluster, authority } = acceptForeign(sent, clusterName);
  // A rule of a user's role may allow `rotate`; that is not meant for this.
  if (caller.kind !== "system" || caller.identity?.teleportCluster !== cluster) {
    throw new AppError("ACCESS_DENIED", "a cluster rotates its own authorities only, by its proxy");
  }
  const stored = await authorities.of(type).read(cluster);
  const next = clone(CertAuthorityV2Schema, stored);
  if (next.Spec === undefined || authority.Spec === undefined) return;
  const { ActiveKeys, AdditionalTrustedKeys, Rotation } = authority.Spec;
  Object.assign(next.Spec, { ActiveKeys, AdditionalTrustedKeys, Rotation });
  if (equals(CertAuthorityV2Schema, stored, next)) return;
  await authorities.of(type).update(next, auditChange(foreignAuthorityWritten(type, cluster, call)));
}
