import type { Client } from "../connection/client.ts";
import { chooseAlgorithm, makeKey } from "./make-keys.ts";
import type { Issued } from "./sign-user.ts";

/** A new host key with a certificate that does not end, for exactly these names. */
export async function signHost(client: Client, principals: readonly string[]): Promise<Issued> {
  const { ClusterName, signatureAlgorithmSuite } = await client.ping();
  const key = await makeKey(chooseAlgorithm(signatureAlgorithmSuite, "ssh"), "openssh");
  const { sshCertificate } = await client.trust.generateHostCert({
    key: new TextEncoder().encode(key.publicLine),
    // ssh asks for the host in lower case, whatever was typed, and compares letter by letter.
    principals: principals.map((name) => name.toLowerCase()),
    clusterName: ClusterName,
    role: "Node",
    ttl: { seconds: 0n, nanos: 0 },
  });
  const ssh = new TextDecoder().decode(sshCertificate);
  return { privateKey: key.privateKey, tls: "", ssh, hostAuthorities: [] };
}
