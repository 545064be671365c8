import { clone, create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import {
  type CAKeySet,
  CAKeySetSchema,
  type CertAuthorityV2,
  CertAuthorityV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { parsePublicKeyLine, SshError } from "@sallyport/ssh";
import { attributeValues, nameOid, parseCertificate, trustedCa, X509Error } from "@sallyport/x509";
import { checkRoleMap } from "../../roles/index.ts";
import type { CaType } from "../ca-types.ts";
import { withoutPrivateKeys } from "../shown-authority.ts";
import { checkedCaType } from "../store.ts";
import { foreignRoleMap } from "./foreign-role-map.ts";

/** Keys of one kind in one set: a rotation has two, and more come from nobody. */
const MAX_KEYS = 10;
const CLUSTER_NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/;

/** A checked authority of another cluster, and what type it is. */
interface AcceptedForeign {
  readonly type: CaType;
  readonly cluster: string;
  readonly authority: CertAuthorityV2;
}

/**
 * A copy of an authority of another cluster, complete and without private keys, which have no business here. It is
 * refused where it names this cluster anywhere, also in the subject of a certificate: whoever holds such a key could
 * else speak for us (threat 35).
 */
export function acceptForeign(sent: CertAuthorityV2 | undefined, clusterName: string): AcceptedForeign {
  if (sent === undefined) throw bad("the request has no cert_authority");
  const type = checkedCaType(sent.Spec?.Type ?? "");
  const cluster = sent.Spec?.ClusterName ?? "";
  if (cluster === clusterName || sent.Metadata?.Name === clusterName) {
    throw bad("certificate authorities of the own cluster cannot be written; rotate them");
  }
  if (cluster === "" || cluster !== sent.Metadata?.Name) {
    throw bad("metadata.name and spec.cluster_name must be the same, and not empty");
  }
  if (!CLUSTER_NAME.test(cluster)) {
    throw bad("the name of a cluster may have letters, digits and ._:- only, at most 255 of them");
  }
  const authority = withoutPrivateKeys(clone(CertAuthorityV2Schema, sent));
  authority.Kind = "cert_authority";
  authority.SubKind = type;
  authority.Version = "v2";
  checkKeys(authority, cluster);
  checkRoleMap(foreignRoleMap(authority));
  return { type, cluster, authority };
}

function checkKeys({ Spec: spec }: CertAuthorityV2, cluster: string): void {
  if (spec === undefined) return;
  spec.ActiveKeys ??= create(CAKeySetSchema);
  spec.AdditionalTrustedKeys ??= create(CAKeySetSchema);
  // The fields of older clients are written from the key sets whenever an authority is shown.
  spec.CheckingKeys = [];
  spec.TLSKeyPairs = [];
  spec.JWTKeyPairs = [];
  const { SSH, TLS, JWT } = spec.ActiveKeys;
  if (SSH.length + TLS.length + JWT.length === 0) {
    throw bad("spec.active_keys is empty; export the authority with: tctl get cert_authority/TYPE/CLUSTER");
  }
  for (const set of [spec.ActiveKeys, spec.AdditionalTrustedKeys]) checkSet(set, cluster);
}

function checkSet({ SSH, TLS, JWT }: CAKeySet, cluster: string): void {
  if (Math.max(SSH.length, TLS.length, JWT.length) > MAX_KEYS) throw bad(`more than ${MAX_KEYS} keys`);
  // A certificate where a key is expected is refused by the reader: its holder would be an authority.
  for (const { PublicKey } of SSH) readable("an SSH key", () => parsePublicKeyLine(text(PublicKey)));
  for (const { Cert } of TLS) checkTls(Cert, cluster);
}

function checkTls(pem: Uint8Array, cluster: string): void {
  const { certificate } = readable("a certificate", () => trustedCa(parseCertificate(text(pem))));
  const named = attributeValues(certificate.subject, nameOid.organization);
  if (named.length !== 1 || named[0] !== cluster) {
    throw bad(`a certificate of the authority names ${JSON.stringify(named)}, not cluster "${cluster}"`);
  }
}

/** What a sender wrote and nobody can read is theirs to mend. */
function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SshError || error instanceof X509Error) throw bad(`${what}: ${error.message}`);
    throw error;
  }
}

const bad = (why: string) => new AppError("BAD_PARAMETER", `certificate authority: ${why}`);
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");
