import {
  createIssuer,
  encodePem,
  encodePrivateKeyPem,
  exportSpki,
  generateKey,
  issueCertificate,
  keyIdOf,
  nameOid,
  selfSignedCa,
} from "@sallyport/x509";

export interface PemPair {
  readonly cert: string;
  readonly key: string;
}

export interface LeafOptions {
  readonly notBeforeAt?: number;
  readonly notAfterAt?: number;
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
}

/** A certificate authority named like a cluster, and whatever it issues. */
export interface TestAuthority {
  readonly ca: string;
  issue(commonName: string, options?: LeafOptions): Promise<PemPair>;
}

const hourMs = 3_600_000;

export async function createTestAuthority(cluster: string): Promise<TestAuthority> {
  const { privateKey } = await generateKey("ecdsa-p256");
  const now = Date.now();
  const der = await selfSignedCa({
    commonName: cluster,
    organization: cluster,
    key: privateKey,
    notBeforeAt: now - hourMs,
    notAfterAt: now + 24 * hourMs,
    serialNumberAttribute: "1",
  });
  const name = [
    [{ oid: nameOid.organization, value: cluster }],
    [{ oid: nameOid.commonName, value: cluster }],
    [{ oid: nameOid.serialNumber, value: "1" }],
  ];
  const issuer = createIssuer({ name, key: privateKey, keyId: keyIdOf(exportSpki(privateKey)) });
  return {
    ca: encodePem("CERTIFICATE", der),
    async issue(
      commonName,
      { notBeforeAt = now - hourMs, notAfterAt = now + hourMs, dns = [], ip = [] } = {},
    ) {
      const pair = await generateKey("ecdsa-p256");
      const leaf = await issueCertificate({
        issuer,
        subject: [[{ oid: nameOid.commonName, value: commonName }]],
        publicKey: pair.publicKey,
        notBeforeAt,
        notAfterAt,
        keyUsage: ["digitalSignature"],
        extKeyUsage: ["serverAuth", "clientAuth"],
        sans: { dns, ip },
      });
      return { cert: encodePem("CERTIFICATE", leaf), key: encodePrivateKeyPem(pair.privateKey) };
    },
  };
}
