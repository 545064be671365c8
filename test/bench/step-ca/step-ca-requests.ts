import { generateKeyPairSync } from "node:crypto";
import { fromKeyObject } from "@sallyport/ssh";
import { createCertificateRequest, encodePem, nameOid } from "@sallyport/x509";
import { makeToken, type Provisioner } from "./provisioner.ts";

export const stepCaPaths = { x509: "/1.0/sign", ssh: "/1.0/ssh/sign" } as const;

/** Asks for an X.509 certificate for a P-256 key that nobody has asked for before, with a token of its own. */
export async function x509Request(provisioner: Provisioner, user: string): Promise<Uint8Array> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const csr = await createCertificateRequest({
    subject: [[{ oid: nameOid.commonName, value: user }]],
    key: privateKey,
    sans: { dns: [user] },
  });
  const ott = makeToken(provisioner, audienceOf(stepCaPaths.x509), { sub: user, sans: [user] });
  return asBody({ csr: encodePem("CERTIFICATE REQUEST", csr), ott });
}

/** Asks for an SSH user certificate for an Ed25519 key that nobody has asked for before, with a token of its own. */
export function sshRequest(provisioner: Provisioner, user: string): Uint8Array {
  const { blob } = fromKeyObject(generateKeyPairSync("ed25519").publicKey);
  const wanted = { certType: "user", keyID: user, principals: [user] };
  const ott = makeToken(provisioner, audienceOf(stepCaPaths.ssh), { sub: user, step: { ssh: wanted } });
  return asBody({ publicKey: Buffer.from(blob).toString("base64"), ott, ...wanted });
}

const audienceOf = (path: string) => `https://localhost${path}`;
const asBody = (value: object) => Buffer.from(JSON.stringify(value));
