import type { PingResponse } from "#gen/teleport/legacy/client/proto/authservice_pb.js";
import { AccessRequests } from "./access-requests/index.ts";
import { Certificates } from "./certificates.ts";
import { AuditEvents } from "./events.ts";
import { Locks } from "./locks.ts";
import { type Pace, systemPace } from "./pace.ts";
import { PluginDataStore } from "./plugin-data.ts";
import { RemoteClusters } from "./remote-clusters.ts";
import { Roles } from "./roles.ts";
import { type CallOptions, RpcCaller } from "./rpc-caller.ts";
import { createServices, type Services } from "./services.ts";
import { Tokens } from "./tokens.ts";
import type { CallHeaders, Transport } from "./transport.ts";
import { TrustedClusters } from "./trusted-clusters.ts";
import { Users } from "./users.ts";
import { type WatchEvent, Watcher, type WatchKindInit, type WatchOptions } from "./watch/index.ts";
import { WorkloadIdentities } from "./workload-identities.ts";

/** The API version that this client speaks and says so in its `version` header. */
export const apiVersion = "18.0.0";

/** Settings of a client. */
export interface ClientOptions {
  /**
   * The `version` header of every call: {@link apiVersion} where it is left out, none for `false`. Servers leave out
   * of their answers what a client of that version does not understand.
   */
  readonly version?: string | false | undefined;
  /** How long a call may take unless the call says otherwise, in milliseconds; 30000 where it is left out, 0 = no limit. */
  readonly timeoutMs?: number | undefined;
  /** Metadata of every call. */
  readonly headers?: CallHeaders | undefined;
  /** Time and chance, for tests. */
  readonly pace?: Pace | undefined;
}

/**
 * A client of the API. `auth`, `trust` … are the services of the wire, method by method; the others say the same in
 * fewer words and with paging, older servers and time formats dealt with.
 *
 * Every failure is an `AppError` whose `reason` programs may branch on.
 */
export interface Client extends Services {
  readonly accessRequests: AccessRequests;
  readonly pluginData: PluginDataStore;
  readonly users: Users;
  readonly roles: Roles;
  readonly locks: Locks;
  readonly tokens: Tokens;
  readonly trustedClusters: TrustedClusters;
  readonly remoteClusters: RemoteClusters;
  readonly events: AuditEvents;
  readonly certificates: Certificates;
  readonly workloadIdentities: WorkloadIdentities;
  /** The cluster and the server behind the connection. */
  ping(options?: CallOptions): Promise<PingResponse>;
  /**
   * Changes as they happen. The watch connects again by itself, after 20 ms to 5 s, whenever the server goes away, and
   * resumes where it was, so that nothing is missed; where that cannot be, it says so with a `gap` event.
   *
   * @throws AppError from the iteration for what repeating cannot mend, such as ACCESS_DENIED.
   * @example
   * for await (const event of client.watch(["access_request"], { signal })) {
   *   if (event.type === "init" || event.type === "gap") await listEverything();
   *   if (event.type === "put" && event.resource.case === "AccessRequest") handle(event.resource.value);
   * }
   */
  watch(kinds: readonly WatchKindInit[], options?: WatchOptions): AsyncGenerator<WatchEvent, void, undefined>;
}

/**
 * A client over any transport. Programs for Node use `connect` of `@sallyport/api/node`, which brings one.
 *
 * @param transport - stays the caller's to close
 */
export function createClient(transport: Transport, options: ClientOptions = {}): Client {
  const { version = apiVersion, timeoutMs = 30_000, pace = systemPace } = options;
  const headers = { ...(version === false ? {} : { version }), ...options.headers };
  const services = createServices(new RpcCaller(transport, headers, timeoutMs));
  return {
    ...services,
    accessRequests: new AccessRequests(services),
    pluginData: new PluginDataStore(services, pace),
    users: new Users(services),
    roles: new Roles(services),
    locks: new Locks(services),
    tokens: new Tokens(services),
    trustedClusters: new TrustedClusters(services),
    remoteClusters: new RemoteClusters(services),
    events: new AuditEvents(services, pace),
    certificates: new Certificates(services),
    workloadIdentities: new WorkloadIdentities(services),
    ping: (call) => services.auth.ping({}, call),
    watch: (kinds, watchOptions = {}) => new Watcher(services.auth, pace, kinds, watchOptions).events(),
  };
}
