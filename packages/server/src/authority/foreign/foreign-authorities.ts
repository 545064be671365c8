import type { CertAuthorityV2 } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import {
  attributeValues,
  nameOid,
  parseCertificate,
  type TrustedCa,
  trustedCa,
  X509Error,
} from "@sallyport/x509";
import type { RoleMapping } from "../../roles/index.ts";
import {
  type Backend,
  type Item,
  type Key,
  key as keyOfSegments,
  prefix,
  segmentsOf,
} from "../../storage/index.ts";
import type { AuthorityStore } from "../store.ts";
import { foreignRoleMap } from "./foreign-role-map.ts";

/** An authority of another cluster, as far as connections are verified by it. */
interface ForeignAuthority {
  readonly trusted: readonly TrustedCa[];
  readonly tlsCertificates: readonly string[];
  readonly roleMap: readonly RoleMapping[];
}

type ForeignType = "host" | "user";

/** The host and user authorities of other clusters that are trusted now. */
export interface ForeignAuthorities {
  of(type: ForeignType, cluster: string): ForeignAuthority | undefined;
  /** PEM of every certificate that may have issued what a client of another cluster shows. */
  clientCas(): readonly string[];
  /** Whether hosts of a cluster of that name are trusted. */
  knows(cluster: string): boolean;
  clusters(): readonly string[];
  /** The first few clusters whose users get the role by name. */
  mappersTo(role: string): readonly string[];
  onChange(listener: () => void): void;
  close(): void;
}

const keyOf = (type: ForeignType, cluster: string) => keyOfSegments("authorities", type, cluster);
const types: readonly ForeignType[] = ["host", "user"];
/** More names than this make the handshake of everybody longer than it needs to be. */
export const MAX_CLIENT_CAS = 500;
const FEW = 5;

/**
 * Always as the storage has them; an authority that is deleted or put aside counts no more from that very commit on.
 * Once changes are not heard of any more, no other cluster is trusted.
 */
export async function openForeignAuthorities(
  backend: Backend,
  store: AuthorityStore,
  clusterName: string,
): Promise<ForeignAuthorities> {
  const known = new Map<Key, ForeignAuthority>();
  const listeners: (() => void)[] = [];
  let isDeaf = false;
  const learn = (path: Key, item: Item | undefined) => {
    if (segmentsOf(path)[2] === clusterName) return false;
    if (item === undefined) known.delete(path);
    else known.set(path, loadForeign(store.parse(item)));
    return true;
  };
  const tell = () => {
    for (const listener of listeners) listener();
  };
  const watch = await backend.watch({
    prefixes: types.map((type) => prefix("authorities", type)),
    onChanges: (changes) => {
      const foreign = changes.filter(({ key, item }) => learn(key, item));
      if (foreign.length > 0) tell();
    },
    onEnd: () => {
      isDeaf = true;
      known.clear();
      tell();
    },
  });
  for (const type of types) {
    for await (const authority of store.of(type).all()) {
      const name = authority.Metadata?.Name ?? "";
      if (name !== clusterName) known.set(keyOf(type, name), loadForeign(authority));
    }
  }
  return {
    of: (type, cluster) => (isDeaf || cluster === clusterName ? undefined : known.get(keyOf(type, cluster))),
    clientCas: () => [...known.values()].flatMap((one) => one.tlsCertificates).slice(0, MAX_CLIENT_CAS),
    knows: (cluster) => known.has(keyOf("host", cluster)),
    clusters: () => clustersIn(known),
    mappersTo: (role) => mappersTo(known, role),
    onChange: (listener) => listeners.push(listener),
    close: () => watch.close(),
  };
}

function clustersIn(known: ReadonlyMap<Key, ForeignAuthority>): readonly string[] {
  return [...known.keys()].flatMap((path) => {
    const [, type, cluster] = segmentsOf(path);
    return type === "host" && cluster !== undefined ? [cluster] : [];
  });
}

function mappersTo(known: ReadonlyMap<Key, ForeignAuthority>, role: string): readonly string[] {
  const clusters = [...known].flatMap(([path, { roleMap }]) =>
    roleMap.some(({ local }) => local.includes(role)) ? [segmentsOf(path)[2] ?? ""] : [],
  );
  return clusters.slice(0, FEW);
}

/** Only certificates that name the cluster are trusted for it, whoever wrote them there. */
function loadForeign(authority: CertAuthorityV2): ForeignAuthority {
  const { Spec: spec } = authority;
  const pems = [spec?.ActiveKeys, spec?.AdditionalTrustedKeys].flatMap((set) =>
    (set?.TLS ?? []).map(({ Cert }) => Buffer.from(Cert).toString("utf8")),
  );
  const own = pems.flatMap((pem) => trustedFor(spec?.ClusterName ?? "", pem) ?? []);
  return {
    trusted: own.map(({ ca }) => ca),
    tlsCertificates: own.map(({ pem }) => pem),
    roleMap: foreignRoleMap(authority),
  };
}

function trustedFor(cluster: string, pem: string) {
  try {
    const ca = trustedCa(parseCertificate(pem));
    const named = attributeValues(ca.certificate.subject, nameOid.organization);
    return named.length === 1 && named[0] === cluster ? { ca, pem } : undefined;
  } catch (error) {
    // Nothing unreadable is written; where it stands all the same, it is trusted with nothing, and the start goes on.
    if (error instanceof X509Error) return undefined;
    throw error;
  }
}
