import {
  encodePem,
  encodePrivateKeyPem,
  generateKey,
  issueCertificate,
  issuerFromCertificate,
  nameOid,
  parseCertificate,
  selfSignedCa,
} from "@sallyport/x509";
import type { Side } from "../echo/echo-material.ts";

const HOUR_MS = 60 * 60 * 1000;
const organization = "bench";
const pem = (der: Uint8Array) => encodePem("CERTIFICATE", der);
const nameOf = (commonName: string) => [[{ oid: nameOid.commonName, value: commonName }]];

/** A root, the intermediate CA that signs for it, and a client; all P-256, all PEM. */
export async function makeChain() {
  const validity = { notBeforeAt: Date.now() - HOUR_MS, notAfterAt: Date.now() + 24 * HOUR_MS };
  const { privateKey: rootKey } = await generateKey("ecdsa-p256");
  const rootDer = await selfSignedCa({ commonName: "root", organization, key: rootKey, ...validity });
  const middle = await generateKey("ecdsa-p256");
  const middleDer = await issueCertificate({
    issuer: issuerFromCertificate(parseCertificate(rootDer), rootKey),
    subject: nameOf("intermediate"),
    publicKey: middle.publicKey,
    ...validity,
    keyUsage: ["keyCertSign", "cRLSign"],
    isCa: true,
  });
  const leaf = await generateKey("ecdsa-p256");
  const leafDer = await issueCertificate({
    issuer: issuerFromCertificate(parseCertificate(middleDer), middle.privateKey),
    subject: nameOf("client"),
    publicKey: leaf.publicKey,
    ...validity,
    keyUsage: ["digitalSignature"],
    extKeyUsage: ["clientAuth"],
  });
  const [root, intermediate] = [pem(rootDer), pem(middleDer)];
  const client: Side = {
    key: encodePrivateKeyPem(leaf.privateKey),
    cert: pem(leafDer) + intermediate,
    ca: root,
  };
  return { root, intermediate, intermediateKey: encodePrivateKeyPem(middle.privateKey), client };
}
