import type { NodeClient } from "@sallyport/api/node";
import {
  createCertificateRequest,
  decodePemBlock,
  encodePem,
  encodePrivateKeyPem,
  generateKey,
  nameOid,
  parseCertificate,
} from "@sallyport/x509";

const HOUR_MS = 3_600_000;
const NANOS_PER_MS = 1_000_000n;
/** The number that says "for the server" in a request, and that of anybody else. */
const requester = { server: 1, client: 0 } as const;

export interface DatabaseCertificate {
  readonly certificate: string;
  readonly key: string;
  /** The authority of the other side. */
  readonly cas: string;
  /** As `tctl certs revoke` takes it. */
  readonly serial: string;
}

/** Asks for the certificate of a database server, or of a database account, with a request (PKCS #10) as tools make it. */
export async function issueDatabaseCertificate(
  client: NodeClient,
  side: keyof typeof requester,
  name: string,
  ttlMs = HOUR_MS,
): Promise<DatabaseCertificate> {
  const { privateKey } = await generateKey("ecdsa-p256");
  const subject = [[{ oid: nameOid.commonName, value: name }]];
  const request = await createCertificateRequest({ subject, key: privateKey });
  const { Cert, CACerts } = await client.auth.generateDatabaseCert({
    CSR: Buffer.from(encodePem("CERTIFICATE REQUEST", request)),
    ServerNames: side === "server" ? [name] : [],
    TTL: BigInt(ttlMs) * NANOS_PER_MS,
    RequesterName: requester[side],
  });
  const certificate = Buffer.from(Cert).toString();
  const { serialNumber } = parseCertificate(decodePemBlock(certificate, ["CERTIFICATE"]).der);
  return {
    certificate,
    key: encodePrivateKeyPem(privateKey),
    cas: CACerts.map((pem) => Buffer.from(pem).toString()).join(""),
    serial: serialNumber.toString(16),
  };
}
