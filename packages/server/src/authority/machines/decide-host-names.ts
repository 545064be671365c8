import { isServiceName } from "../../rpc/caller.ts";

const CLUSTER_DOMAIN = "teleport.cluster.local";
const anyOfCluster = [`*.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN];

/** Services that clients of the cluster connect to by its own domain. */
const inDomain = new Set(["Auth", "Admin", "Proxy", "Kube", "App", "Db", "WindowsDesktop", "Okta"]);
/** Services that may name further hosts that they stand for. */
const named = new Set(["Auth", "Admin", "Proxy", "Kube", "WindowsDesktop"]);

export interface HostNamesWish {
  readonly role: string;
  readonly hostId: string;
  readonly nodeName: string;
  readonly clusterName: string;
  readonly additionalPrincipals: readonly string[];
  readonly dnsNames: readonly string[];
  /** Where the caller is seen to be. */
  readonly remoteIp: string;
}

type HostNamesVerdict =
  | { readonly allow: true; readonly principals: readonly string[]; readonly tlsNames: readonly string[] }
  | { readonly allow: false; readonly because: string };

/**
 * The names of a host: those of its SSH certificate besides its own, and those of its X.509 certificate. A name of the
 * cluster's domain goes to services that clients know by it, so that no other host can pose as the auth service; and
 * the name that the cluster gave to a host goes to nobody else.
 */
export function decideHostNames(wish: HostNamesWish): HostNamesVerdict {
  const { role, remoteIp, nodeName } = wish;
  const principals = [
    ...new Set(wish.additionalPrincipals.map((name) => (name === "0.0.0.0" ? remoteIp : name))),
  ];
  const further = named.has(role) ? wish.dnsNames : [];
  const posing = [nodeName, ...principals, ...further].find((name) => isOfAnother(name, wish));
  if (posing !== undefined) {
    return { allow: false, because: `a host with role ${role} cannot be named ${JSON.stringify(posing)}` };
  }
  const defaults = inDomain.has(role) ? anyOfCluster : [];
  return { allow: true, principals, tlsNames: [...new Set([...principals, ...defaults, ...further])] };
}

/** The name of a node stands in its certificate with the name of the cluster behind it as well. */
function isOfAnother(name: string, { role, hostId, clusterName }: HostNamesWish): boolean {
  const forms = [name, `${name}.${clusterName}`].map((form) => form.toLowerCase().replace(/\.$/, ""));
  const own = `${hostId}.${clusterName}`.toLowerCase();
  return forms.some(
    (form) => (!inDomain.has(role) && isOfDomain(form)) || (isServiceName(form, clusterName) && form !== own),
  );
}

function isOfDomain(plain: string): boolean {
  return plain === CLUSTER_DOMAIN || plain.endsWith(`.${CLUSTER_DOMAIN}`);
}
