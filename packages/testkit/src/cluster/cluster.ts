import type { RoleV6, UserV2 } from "@sallyport/api";
import type { CredentialTexts, NodeClient } from "@sallyport/api/node";
import type { AuthServer, Clock, Logger } from "@sallyport/server";

/** Time of a cluster that a test can move. */
export interface TestClock extends Clock {
  /** Moves time ahead by `ms`; what falls due on the way runs before this returns. */
  advance(ms: number): void;
}

/** Settings of a cluster; each has a default. */
export interface ClusterOptions {
  /** `test.example` where it is left out. */
  readonly name?: string | undefined;
  /** `memory` (the default), or `sqlite` in a temporary directory that goes away with the cluster. */
  readonly storage?: "memory" | "sqlite" | undefined;
  /**
   * A clock that runs as the system's and can be moved ahead, where it is left out. `new ManualClock(Date.now())`
   * stands still between moves. Clients check the server's certificate by the real time, so begin near it.
   */
  readonly clock?: TestClock | undefined;
  /** The `auth_service` section of a configuration file, without `listen_addr` and `cluster_name`. */
  readonly authService?: Readonly<Record<string, unknown>> | undefined;
  /** The `sallyport` section of a configuration file. */
  readonly sallyport?: Readonly<Record<string, unknown>> | undefined;
  /** Where the cluster's log goes; nowhere where it is left out. */
  readonly logger?: Logger | undefined;
}

/** How to make credentials of a user. */
export interface CredentialOptions {
  /** How long the certificate is good for, in milliseconds; 1 hour where it is left out. */
  readonly ttlMs?: number | undefined;
  /** Ids of approved access requests of that user, whose roles the certificate carries as well. */
  readonly accessRequests?: readonly string[] | undefined;
}

/** A role as documents have it: `{ metadata: { name }, spec: { allow: { … } } }`; version v8 where it is left out. */
export type RoleDocument = Readonly<Record<string, unknown>>;

/** A running cluster of one auth service, in this process. */
export interface Cluster extends AsyncDisposable {
  readonly name: string;
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly clock: TestClock;
  /** The running service; for tests of Sallyport itself, with no promise that it stays as it is. */
  readonly server: AuthServer;
  /** A client with the rights of `tctl` on the auth host; the same one each time. */
  admin(): NodeClient;
  /**
   * A client with these credentials, closed with the cluster at the latest.
   *
   * @throws AppError UNAVAILABLE where the service closes the connection, CERTIFICATE_EXPIRED by the real time.
   */
  connect(credentials: CredentialTexts): Promise<NodeClient>;
  /** Creates or replaces a role. @throws AppError BAD_PARAMETER with the field that is wrong. */
  addRole(role: RoleDocument): Promise<RoleV6>;
  /** Creates or replaces a user. */
  addUser(
    name: string,
    roles: readonly string[],
    traits?: Readonly<Record<string, string[]>>,
  ): Promise<UserV2>;
  /** A fresh key and certificate of a user, for `fromMemory` of the SDK or to write to files. */
  credentials(user: string, options?: CredentialOptions): Promise<CredentialTexts>;
  /** Of a service that holds this system role: `Node`, `Proxy`, `Admin` … */
  systemIdentity(role: string): Promise<CredentialTexts>;
  /** Of a user, by the cluster's own authority, and expired an hour ago. */
  expiredIdentity(user: string): Promise<CredentialTexts>;
  /** Of a user of that name in a cluster of the same name that has other keys. */
  foreignIdentity(user: string): Promise<CredentialTexts>;
  /** Stops the service, closes its clients and removes its files. */
  stop(): Promise<void>;
}
