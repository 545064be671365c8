import { type CertAuthorityV2, isAppError } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { actionsOf } from "../kinds/index.ts";
import { suggestNames, userNamed } from "../kinds/suggest-names.ts";
import { checkExpiry } from "./check-expiry.ts";
import { chooseAlgorithm, makeKey } from "./make-keys.ts";

/** Which credentials of a user. */
export interface UserWish {
  readonly user: string;
  /** What the certificates are for: there is one for each, by the same key. */
  readonly use: "ssh" | "tls" | "both";
  readonly ttlMs: number;
  readonly compat: "standard" | "oldssh" | undefined;
  /** Name of a cluster that trusts this one, to which the certificates lead. */
  readonly leafCluster?: string | undefined;
  /** Name of a Kubernetes cluster that the certificate leads to. */
  readonly kubeCluster?: string | undefined;
  readonly now: () => number;
}

/** What goes into the files of a user. */
export interface Issued {
  readonly privateKey: string;
  /** PEM. */
  readonly tls: string;
  /** One line. */
  readonly ssh: string;
  readonly hostAuthorities: readonly CertAuthorityV2[];
}

/** A new key with the certificates that it is for, and the authorities by which the cluster is known. */
export async function signUser(client: Client, wish: UserWish): Promise<Issued> {
  const forSsh = wish.use === "ssh";
  const [{ signatureAlgorithmSuite }, { certAuthoritiesV2 }] = await Promise.all([
    client.ping(),
    client.trust.getCertAuthorities({ type: "host", includeKey: false }),
  ]);
  const algorithm = chooseAlgorithm(signatureAlgorithmSuite, forSsh ? "ssh" : "tls");
  const key = await makeKey(algorithm, forSsh ? "openssh" : "pem");
  const expiresAt = wish.now() + wish.ttlMs;
  const { tls, ssh } = await orSayUnknown(client, wish.user, () =>
    client.certificates.generateUserCerts({
      user: wish.user,
      expiresAt,
      format: wish.compat,
      tlsPublicKey: forSsh ? undefined : key.publicPem,
      sshPublicKey: wish.use === "tls" ? undefined : key.publicLine,
      routeToCluster: wish.leafCluster,
      kubernetesCluster: wish.kubeCluster,
    }),
  );
  checkExpiry({ tls, ssh }, expiresAt);
  return { privateKey: key.privateKey, tls, ssh, hostAuthorities: certAuthoritiesV2 };
}

/** The service answers alike for nobody and for somebody one may not be; who may read users is told which it is. */
async function orSayUnknown<T>(client: Client, user: string, sign: () => Promise<T>): Promise<T> {
  try {
    return await sign();
  } catch (error) {
    if (isAppError(error, "ACCESS_DENIED")) await demandUser(client, user);
    throw error;
  }
}

async function demandUser(client: Client, user: string): Promise<void> {
  try {
    await suggestNames(client, [userNamed(user)], () =>
      actionsOf.user.get(client, user, { withSecrets: false }),
    );
  } catch (error) {
    if (!isAppError(error, "ACCESS_DENIED")) throw error;
  }
}
