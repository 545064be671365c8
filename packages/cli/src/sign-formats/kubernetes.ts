import { AppError } from "@sallyport/api";
import type { Client } from "../connection/client.ts";
import { trustedTlsCertificates } from "../credentials/authorities.ts";
import { signUser } from "../credentials/sign-user.ts";
import { quoteForShell } from "../terminal/quote-for-shell.ts";
import { formatKubeconfig, mergeKubeconfig } from "./kubeconfig.ts";
import { proxyAddress } from "./proxy-address.ts";
import type { SignFormat } from "./sign-format.ts";

/** A kubeconfig with the key in it, for `kubectl` on a machine where nobody logs in. */
export const kubernetes: SignFormat = {
  holder: "user",
  paths: ({ out }) => [out],
  sign: async (client, wish) => {
    const server = proxyAddress(wish.proxy ?? (await publicAddress(client)));
    const [{ ClusterName }, issued] = await Promise.all([
      client.ping(),
      signUser(client, { ...wish, use: "tls" }),
    ]);
    const cluster = wish.leafCluster ?? ClusterName;
    const name = wish.kubeCluster === undefined ? cluster : `${cluster}-${wish.kubeCluster}`;
    const content = await formatKubeconfig({
      name,
      server,
      authorities: issued.hostAuthorities.flatMap(trustedTlsCertificates).join(""),
      certificate: issued.tls,
      privateKey: issued.privateKey,
    });
    return {
      files: [{ path: wish.out, content }],
      says: `The kubeconfig is in ${wish.out}, its context is ${name}. Use it with: kubectl --kubeconfig ${quoteForShell(wish.out)} get pods`,
    };
  },
  merge: mergeKubeconfig,
};

async function publicAddress(client: Client): Promise<string> {
  const { ProxyPublicAddr } = await client.ping();
  if (ProxyPublicAddr !== "") return ProxyPublicAddr;
  throw new AppError("BAD_PARAMETER", "the cluster names no proxy that kubectl could go to", {
    details: { hint: "Name one: --proxy=HOST:PORT" },
  });
}
