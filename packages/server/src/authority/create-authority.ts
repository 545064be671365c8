import { create } from "@bufbuild/protobuf";
import {
  type CAKeySet,
  CAKeySetSchema,
  type CertAuthorityV2,
  CertAuthorityV2Schema,
  CertAuthoritySpecV2_SigningAlgType as SigningAlg,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { encodePrivateKeyFile, formatPublicKeyLine, fromKeyObject } from "@sallyport/ssh";
import { encodePem, encodePrivateKeyPem, exportSpki, generateKey, selfSignedCa } from "@sallyport/x509";
import { type CaType, hasKeyFor, type KeyUse } from "./ca-types.ts";
import { authorityAlgorithm, type KeyAlgorithm, type SignatureSuite } from "./signature-suite.ts";

const TEN_YEARS_MS = 10 * 365 * 24 * 60 * 60 * 1000;
const SKEW_MS = 60_000;

/** What new keys of an authority are made for. */
export interface NewKeys {
  readonly type: CaType;
  readonly clusterName: string;
  readonly suite: SignatureSuite;
  readonly now: number;
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
  const { type, suite } = wish;
  const made = async <P>(use: KeyUse, pair: (algorithm: KeyAlgorithm) => Promise<P>) =>
    hasKeyFor(type, use) ? [await pair(authorityAlgorithm(suite, type, use))] : [];
  const [SSH, TLS, JWT] = await Promise.all([
    made("ssh", sshPair),
    made("tls", (algorithm) => tlsPair(algorithm, wish)),
    made("jwt", jwtPair),
  ]);
  return create(CAKeySetSchema, { SSH, TLS, JWT });
}

async function sshPair(algorithm: KeyAlgorithm) {
  const { publicKey, privateKey } = await generateKey(algorithm);
  const line = formatPublicKeyLine(fromKeyObject(publicKey));
  return {
    PublicKey: Buffer.from(`${line.trim()}\n`),
    PrivateKey: Buffer.from(encodePrivateKeyFile(privateKey)),
  };
}

async function tlsPair(algorithm: KeyAlgorithm, { clusterName, now }: NewKeys) {
  const { privateKey } = await generateKey(algorithm);
  const der = await selfSignedCa({
    commonName: clusterName,
    organization: clusterName,
    key: privateKey,
    notBeforeAt: now - SKEW_MS,
    notAfterAt: now + TEN_YEARS_MS,
  });
  return {
    Cert: Buffer.from(encodePem("CERTIFICATE", der)),
    Key: Buffer.from(encodePrivateKeyPem(privateKey)),
  };
}

async function jwtPair(algorithm: KeyAlgorithm) {
  const { publicKey, privateKey } = await generateKey(algorithm);
  return {
    PublicKey: Buffer.from(encodePem("PUBLIC KEY", exportSpki(publicKey))),
    PrivateKey: Buffer.from(encodePrivateKeyPem(privateKey)),
  };
}
