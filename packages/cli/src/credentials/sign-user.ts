import type { Client } from "../connection/client.ts";
import { checkExpiry } from "./check-expiry.ts";
import type { FormatName, Issued } from "./formats.ts";
import { chooseAlgorithm, makeKey } from "./make-keys.ts";

/** Which credentials of a user. */
export interface UserWish {
  readonly user: string;
  readonly format: FormatName;
  readonly ttlMs: number;
  readonly compat: "standard" | "oldssh" | undefined;
  readonly now: () => number;
}

/** A new key with the certificates that the format needs, and the authorities by which the cluster is known. */
export async function signUser(client: Client, wish: UserWish): Promise<Issued> {
  const forSsh = wish.format === "openssh";
  const [{ signatureAlgorithmSuite }, { certAuthoritiesV2 }] = await Promise.all([
    client.ping(),
    client.trust.getCertAuthorities({ type: "host", includeKey: false }),
  ]);
  const algorithm = chooseAlgorithm(signatureAlgorithmSuite, forSsh ? "ssh" : "tls");
  const key = await makeKey(algorithm, forSsh ? "openssh" : "pem");
  const expiresAt = wish.now() + wish.ttlMs;
  const { tls, ssh } = await client.certificates.generateUserCerts({
    user: wish.user,
    expiresAt,
    format: wish.compat,
    tlsPublicKey: forSsh ? undefined : key.publicPem,
    sshPublicKey: wish.format === "tls" ? undefined : key.publicLine,
  });
  checkExpiry({ tls, ssh }, expiresAt);
  return { privateKey: key.privateKey, tls, ssh, hostAuthorities: certAuthoritiesV2 };
}
