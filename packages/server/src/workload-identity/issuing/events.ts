import { toJson } from "@bufbuild/protobuf";
import { type Attrs, AttrsSchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/attrs_pb";
import type { AuditEntry } from "../../audit/index.ts";
import type {
  IssuedJwtSvid,
  IssuedX509Svid,
  JwtSvidDescription,
  X509SvidDescription,
} from "../../authority/index.ts";
import { type Call, callerFields } from "../../rpc/index.ts";

/** What an entry says of where a credential comes from. */
export interface SvidSource {
  readonly hint: string;
  /** Undefined where a role allows the path. */
  readonly identity?: { readonly name: string; readonly revision: string };
  readonly attributes?: Attrs;
}

export const x509SvidIssued = (
  { spiffeId, dnsSans, ipSans }: Pick<X509SvidDescription, "spiffeId" | "dnsSans" | "ipSans">,
  { serialNumber }: Pick<IssuedX509Svid, "serialNumber">,
  source: SvidSource,
  call: Call,
): AuditEntry => ({
  ...common(source, call),
  spiffe_id: spiffeId,
  dns_sans: dnsSans,
  ip_sans: ipSans,
  svid_type: "x509",
  serial_number: serialNumber,
});

export const jwtSvidIssued = (
  { spiffeId, audiences }: Pick<JwtSvidDescription, "spiffeId" | "audiences">,
  { jti }: Pick<IssuedJwtSvid, "jti">,
  source: SvidSource,
  call: Call,
): AuditEntry => ({
  ...common(source, call),
  spiffe_id: spiffeId,
  dns_sans: [],
  ip_sans: [],
  svid_type: "jwt",
  serial_number: "",
  jti,
  audiences,
});

function common({ hint, identity, attributes }: SvidSource, call: Call) {
  return {
    event: "spiffe.svid.issued",
    code: "TSPIFFE000I",
    ...callerFields(call),
    hint,
    ...(identity && { workload_identity: identity.name, workload_identity_revision: identity.revision }),
    ...(attributes && { attributes: toJson(AttrsSchema, attributes, { useProtoFieldName: true }) }),
  };
}
