import { create } from "@bufbuild/protobuf";
import {
  type CAKeySet,
  CAKeySetSchema,
  type CertAuthorityV2,
  CertAuthorityV2Schema,
  CertAuthoritySpecV2_SigningAlgType as SigningAlg,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { formatPublicKeyLine, fromKeyObject } from "@sallyport/ssh";
import { encodePem, exportSpki, selfSignedCa, visibleHalf } from "@sallyport/x509";
import { type CaType, hasKeyFor, type KeyUse } from "./ca-types.ts";
import type { KeyCustody, MadeKey } from "./custody/index.ts";
import { authorityAlgorithm, type SignatureSuite } from "./signature-suite.ts";

const TEN_YEARS_MS = 10 * 365 * 24 * 60 * 60 * 1000;
const SKEW_MS = 60_000;

/** What new keys of an authority are made for. */
export interface NewKeys {
  readonly type: CaType;
  readonly clusterName: string;
  readonly suite: SignatureSuite;
  readonly now: number;
  /** Who makes them. */
  readonly custody: KeyCustody;
}

/** A new authority with one active key of each kind that its type has. */
export async function createAuthority(wish: NewKeys): Promise<CertAuthorityV2> {
  const { type, clusterName } = wish;
  return create(CertAuthorityV2Schema, {
    Kind: "cert_authority",
    SubKind: type,
    Version: "v2",
    Metadata: { Name: clusterName, Namespace: "default" },
    Spec: {
      Type: type,
      ClusterName: clusterName,
      SigningAlg: hasKeyFor(type, "ssh") ? SigningAlg.RSA_SHA2_512 : SigningAlg.UNKNOWN,
      ActiveKeys: await createKeySet(wish),
      AdditionalTrustedKeys: {},
      Rotation: { State: "", Phase: "" },
    },
  });
}

/** Fresh keys for a type; also what a rotation begins with. */
export async function createKeySet(wish: NewKeys): Promise<CAKeySet> {
  const { type, suite, clusterName, custody } = wish;
  const made = async <P>(use: KeyUse, pair: (key: MadeKey) => Promise<P>) => {
    if (!hasKeyFor(type, use)) return [];
    const algorithm = authorityAlgorithm(suite, type, use);
    return [await pair(await custody.make({ algorithm, use, type, clusterName }))];
  };
  const [SSH, TLS, JWT] = await Promise.all([
    made("ssh", sshPair),
    made("tls", (key) => tlsPair(key, wish)),
    made("jwt", jwtPair),
  ]);
  return create(CAKeySetSchema, { SSH, TLS, JWT });
}

async function sshPair({ key, stored, storedAs }: MadeKey) {
  const line = formatPublicKeyLine(fromKeyObject(visibleHalf(key)));
  return { PublicKey: Buffer.from(`${line.trim()}\n`), PrivateKey: stored, PrivateKeyType: storedAs };
}

async function tlsPair({ key, stored, storedAs }: MadeKey, { clusterName, now }: NewKeys) {
  const der = await selfSignedCa({
    commonName: clusterName,
    organization: clusterName,
    key,
    notBeforeAt: now - SKEW_MS,
    notAfterAt: now + TEN_YEARS_MS,
  });
  return { Cert: Buffer.from(encodePem("CERTIFICATE", der)), Key: stored, KeyType: storedAs };
}

async function jwtPair({ key, stored, storedAs }: MadeKey) {
  const pem = encodePem("PUBLIC KEY", exportSpki(visibleHalf(key)));
  return { PublicKey: Buffer.from(pem), PrivateKey: stored, PrivateKeyType: storedAs };
}
