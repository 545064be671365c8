import { clone, create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { AppError } from "@sallyport/api";
import {
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { TrustService } from "@sallyport/api/gen/teleport/trust/v1/trust_service_pb";
import { type Call, isAdmin, type RpcPart, type Verb } from "../rpc/index.ts";
import type { CaType } from "./ca-types.ts";
import { deleteForeign, rotateExternal, saveForeign } from "./foreign/index.ts";
import { type HostCertDeps, issueHostCert } from "./issue-host-cert.ts";
import { type RotationDeps, rotateAuthority, wishOfRotation } from "./rotation/index.ts";
import { withOlderFields, withoutPrivateKeys } from "./shown-authority.ts";
import { type AuthorityStore, checkedCaType } from "./store.ts";

type Methods =
  | "getCertAuthority"
  | "getCertAuthorities"
  | "deleteCertAuthority"
  | "upsertCertAuthority"
  | "rotateCertAuthority"
  | "rotateExternalCertAuthority"
  | "generateHostCert";

const KIND = "cert_authority";

export interface TrustDeps extends HostCertDeps, RotationDeps {}

/** Certificate authorities as resources. Private keys leave only for a builtin Admin who asks for them. */
export function trustRpcs(deps: TrustDeps): RpcPart<typeof TrustService, Methods> {
  const { authorities, clusterName } = deps;
  return {
    getCertAuthority: {
      access: { decidedBy: "cert_authority readnosecrets; private keys for the local administrator only" },
      handle: async ({ type, domain, includeKey }, call) => {
        demandRead(call, includeKey, "readnosecrets");
        const caType = checkedCaType(type);
        const found =
          domain === clusterName ? await authorities.ensure(caType) : await authorities.get(caType, domain);
        if (found === undefined) {
          throw new AppError("NOT_FOUND", `there is no ${type} certificate authority of cluster "${domain}"`);
        }
        return shown(found, includeKey);
      },
    },
    getCertAuthorities: {
      access: {
        decidedBy: "cert_authority list+readnosecrets; private keys for the local administrator only",
      },
      handle: async ({ type, includeKey }, call) => {
        demandRead(call, includeKey, "list", "readnosecrets");
        const found = await listed(authorities, checkedCaType(type));
        return { certAuthoritiesV2: found.map((authority) => shown(authority, includeKey)) };
      },
    },
    deleteCertAuthority: {
      access: { kind: KIND, verbs: ["delete"] },
      audit: ["cert_authority.delete"],
      handle: async ({ type, domain }, call) => {
        await deleteForeign(deps, checkedCaType(type), domain, call);
        return create(EmptySchema);
      },
    },
    upsertCertAuthority: {
      access: { kind: KIND, verbs: ["create", "update"] },
      audit: ["cert_authority.update"],
      handle: ({ certAuthority }, call) => saveForeign(deps, certAuthority, call),
    },
    rotateExternalCertAuthority: {
      access: { decidedBy: "cert_authority rotate of the own cluster, by its proxy" },
      audit: ["cert_authority.update"],
      handle: async ({ certAuthority }, call) => {
        await rotateExternal(deps, certAuthority, call);
        return {};
      },
    },
    rotateCertAuthority: {
      access: { kind: KIND, verbs: ["create", "update"] },
      audit: ["cert_authority.rotate"],
      handle: async (request, call) => {
        await rotateAuthority(deps, checkedCaType(request.type), wishOfRotation(request), call);
        return {};
      },
    },
    generateHostCert: {
      access: { decidedBy: "host_cert create, on the wish itself" },
      audit: ["cert.create"],
      handle: (request, call) => issueHostCert(deps, request, call),
    },
  };
}

/** Clients export this one by the list alone; authorities of other types they get by name, which makes them. */
async function listed(authorities: AuthorityStore, type: CaType): Promise<readonly CertAuthorityV2[]> {
  if (type === "openssh") await authorities.ensure(type);
  return authorities.list(type);
}

function demandRead({ caller }: Call, includeKey: boolean, ...verbs: Verb[]): void {
  const wanted: Verb[] = includeKey ? [...verbs.filter((verb) => verb === "list"), "read"] : verbs;
  const verdict = caller.permissions.check(KIND, wanted);
  if (!verdict.allow) throw new AppError("ACCESS_DENIED");
  if (includeKey && !isAdmin(caller)) {
    throw new AppError(
      "ACCESS_DENIED",
      "private keys of certificate authorities are for the local administrator only",
    );
  }
}

function shown(authority: CertAuthorityV2, includeKey: boolean): CertAuthorityV2 {
  const copy = clone(CertAuthorityV2Schema, authority);
  return withOlderFields(includeKey ? copy : withoutPrivateKeys(copy));
}
