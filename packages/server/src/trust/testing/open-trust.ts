import { clone, create } from "@bufbuild/protobuf";
import {
  type CertAuthorityV2,
  RoleMappingSchema,
  type TrustedClusterV2,
  TrustedClusterV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { openAuditLog } from "../../audit/index.ts";
import type { AuthorityStore, CaType } from "../../authority/index.ts";
import type { Clock } from "../../kernel/clock.ts";
import { type Backend, prefix } from "../../storage/index.ts";
import type { ClusterToken, Exchange, TrustRoomDeps } from "../deps.ts";
import { createRemoteClusterStore, createTrustedClusterStore } from "../store.ts";

/** The authorities of a cluster, and where they lie. */
interface OwnAuthorities {
  readonly backend: Backend;
  readonly authorities: AuthorityStore;
}

/** One cluster with what trust is made of; its roles, its tokens and whom it reaches are what the test says. */
export interface SmallTrust {
  readonly own: OwnAuthorities;
  readonly deps: TrustRoomDeps;
  roles: string[];
  tokens: Record<string, ClusterToken>;
  reached: Exchange;
  /** Type and cluster of every authority that is stored, in order. */
  stored(place?: string): Promise<readonly string[]>;
  auditEvents(): Promise<readonly Record<string, unknown>[]>;
}

export function openTrust(own: OwnAuthorities, clusterName: string, clock: Clock): SmallTrust {
  const { backend, authorities } = own;
  const audit = openAuditLog({ backend, clock, clusterName });
  const trust: SmallTrust = {
    own,
    roles: ["guest", "ops"],
    tokens: {},
    reached: async () => [],
    deps: {
      backend,
      clusterName,
      authorities,
      trustedClusters: createTrustedClusterStore(backend),
      remoteClusters: createRemoteClusterStore(backend),
      rolesOf: async (names) => ({ missing: names.filter((name) => !trust.roles.includes(name)) }),
      tokenOf: async (name) => (Object.hasOwn(trust.tokens, name) ? trust.tokens[name] : undefined),
      auditChange: audit.change,
      exchange: (...asked) => trust.reached(...asked),
    },
    stored: async (place = "authorities") => {
      const { items } = await backend.list({ prefix: prefix(place), limit: 100 });
      return items.map(({ key }) => key.split("/").slice(2).join("/"));
    },
    auditEvents: async () => {
      const { items } = await backend.list({ prefix: prefix("audit", "log"), limit: 100 });
      return items.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as Record<string, unknown>);
    },
  };
  return trust;
}

export const authorityOf = ({ own }: SmallTrust, type: CaType): Promise<CertAuthorityV2> =>
  own.authorities.ensure(type);

export function trustedCluster(
  Spec: object = {},
  Name = "two.example",
  map: Record<string, string[]> = { dev: ["guest"] },
): TrustedClusterV2 {
  const RoleMap = Object.entries(map).map(([Remote, Local]) => create(RoleMappingSchema, { Remote, Local }));
  return clone(
    TrustedClusterV2Schema,
    create(TrustedClusterV2Schema, { Metadata: { Name }, Spec: { Enabled: true, RoleMap, ...Spec } }),
  );
}
