import type {
  CertAuthorityV2,
  RemoteClusterV3,
  TrustedClusterV2,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import type { AuditEntry } from "../audit/index.ts";
import type { AuthorityStore } from "../authority/index.ts";
import type { ResourceStore } from "../resources/index.ts";
import type { Backend, Change } from "../storage/index.ts";

export interface TrustRoomDeps {
  readonly backend: Backend;
  readonly clusterName: string;
  readonly authorities: AuthorityStore;
  readonly trustedClusters: ResourceStore<TrustedClusterV2>;
  readonly remoteClusters: ResourceStore<RemoteClusterV3>;
  rolesOf(names: readonly string[]): Promise<{ readonly missing: readonly string[] }>;
  /** The token of that name; undefined where there is none, or it has expired. */
  tokenOf(name: string): Promise<ClusterToken | undefined>;
  auditChange(entry: AuditEntry): Change;
  readonly exchange: Exchange;
}

/** What a token says of whom it lets in. */
export interface ClusterToken {
  readonly roles: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly joinMethod: string;
}

/** What one cluster tells another one to have it trust its hosts. */
export interface Introduction {
  readonly token: string;
  readonly authorities: readonly CertAuthorityV2[];
}

/**
 * Shows our authorities at the address of another cluster and brings back its own. `knownHostCas` are PEM of its
 * host authority, where that is known already: its port is then verified by them, else as any web server.
 */
export type Exchange = (
  address: string,
  introduction: Introduction,
  knownHostCas: readonly string[],
) => Promise<readonly CertAuthorityV2[]>;
