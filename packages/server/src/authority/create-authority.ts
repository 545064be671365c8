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
import { type CaType, caTypes, type KeyAlgorithm } from "./ca-types.ts";

const TEN_YEARS_MS = 10 * 365 * 24 * 60 * 60 * 1000;
const SKEW_MS = 60_000;

/** A new authority with one active key of each kind that its type has. */
export async function createAuthority(
  type: CaType,
  clusterName: string,
  now: number,
): Promise<CertAuthorityV2> {
  return create(CertAuthorityV2Schema, {
    Kind: "cert_authority",
    SubKind: type,
    Version: "v2",
    Metadata: { Name: clusterName, Namespace: "default" },
    Spec: {
      Type: type,
      ClusterName: clusterName,
      SigningAlg: caTypes[type].ssh === undefined ? SigningAlg.UNKNOWN : SigningAlg.RSA_SHA2_512,
      ActiveKeys: await createKeySet(type, clusterName, now),
      AdditionalTrustedKeys: {},
      Rotation: { State: "", Phase: "" },
    },
  });
}

/** Fresh keys for a type; also what a rotation begins with. */
export async function createKeySet(type: CaType, clusterName: string, now: number): Promise<CAKeySet> {
  const { ssh, tls, jwt } = caTypes[type];
  return create(CAKeySetSchema, {
    SSH: ssh === undefined ? [] : [await sshPair(ssh)],
    TLS: tls === undefined ? [] : [await tlsPair(tls, clusterName, now)],
    JWT: jwt === undefined ? [] : [await jwtPair(jwt)],
  });
}

async function sshPair(algorithm: KeyAlgorithm) {
  const { publicKey, privateKey } = await generateKey(algorithm);
  const line = formatPublicKeyLine(fromKeyObject(publicKey));
  return {
    PublicKey: Buffer.from(`${line.trim()}\n`),
    PrivateKey: Buffer.from(encodePrivateKeyFile(privateKey)),
  };
}

async function tlsPair(algorithm: KeyAlgorithm, clusterName: string, now: number) {
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
