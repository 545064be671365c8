import {
  createIssuer,
  encodePem,
  encodePrivateKeyPem,
  generateKey,
  issueCertificate,
  type Name,
  nameOid,
  selfSignedCa,
} from "@sallyport/x509";

/** Key, certificate and CA of one side, all PEM. */
export interface Side {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

const HOUR_MS = 60 * 60 * 1000;
const organization = "bench";
const nameOf = (commonName: string): Name => [
  [{ oid: nameOid.organization, value: organization }],
  [{ oid: nameOid.commonName, value: commonName }],
];

/** Certificates for both sides of the bare echo, with keys of the kinds that the cluster has: P-256. */
export async function makeEchoMaterial(): Promise<{ readonly server: Side; readonly client: Side }> {
  const { privateKey } = await generateKey("ecdsa-p256");
  const validity = { notBeforeAt: Date.now() - HOUR_MS, notAfterAt: Date.now() + 24 * HOUR_MS };
  const der = await selfSignedCa({
    commonName: "ca",
    organization,
    key: privateKey,
    serialNumberAttribute: "1",
    ...validity,
  });
  const caName: Name = [...nameOf("ca"), [{ oid: nameOid.serialNumber, value: "1" }]];
  const issuer = createIssuer({ name: caName, key: privateKey });
  const ca = encodePem("CERTIFICATE", der);
  const side = async (commonName: string): Promise<Side> => {
    const pair = await generateKey("ecdsa-p256");
    const cert = await issueCertificate({
      issuer,
      subject: nameOf(commonName),
      publicKey: pair.publicKey,
      ...validity,
      keyUsage: ["digitalSignature"],
      extKeyUsage: ["serverAuth", "clientAuth"],
      sans: { dns: ["localhost"] },
    });
    return { key: encodePrivateKeyPem(pair.privateKey), cert: encodePem("CERTIFICATE", cert), ca };
  };
  return { server: await side("server"), client: await side("client") };
}
