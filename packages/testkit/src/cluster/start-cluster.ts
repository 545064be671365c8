import { type Identity, parseResource } from "@sallyport/api";
import { type CredentialTexts, connect, fromMemory, type NodeClient } from "@sallyport/api/node";
import { systemClock } from "@sallyport/server";
import type { Cluster, ClusterOptions, CredentialOptions, RoleDocument, TestClock } from "./cluster.ts";
import { MovingClock } from "./moving-clock.ts";
import { requestCredentials } from "./request-credentials.ts";
import { type CertificateWish, signCredentials } from "./sign-credentials.ts";
import { type StartedServer, startServer } from "./start-server.ts";

const HOUR_MS = 60 * 60 * 1000;
const SKEW_MS = 60_000;
const ADMIN_LIFETIME_MS = 365 * 24 * HOUR_MS;
/** A host id as services have them. */
const HOST_ID = "11111111-1111-4111-8111-111111111111";

/**
 * Starts a cluster of one auth service in this process, on a free port of 127.0.0.1, with its files in a temporary
 * directory. Ready when the promise settles, well under a second later.
 *
 * @example
 * await using cluster = await startCluster();
 * await cluster.addRole({ metadata: { name: "dev" }, spec: { allow: { logins: ["root"] } } });
 * await cluster.addUser("alice", ["dev"]);
 * const alice = await cluster.connect(await cluster.credentials("alice"));
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const clock = options.clock ?? new MovingClock();
  const started = await startServer(options, clock);
  const running = new RunningCluster(started, clock);
  try {
    await running.openAdmin();
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
}

class RunningCluster implements Cluster {
  readonly name: string;
  readonly address: string;
  readonly clock: TestClock;
  readonly server: StartedServer["server"];
  readonly #started: StartedServer;
  readonly #clients: NodeClient[] = [];
  #admin: NodeClient | undefined;

  constructor(started: StartedServer, clock: TestClock) {
    this.name = started.server.clusterName;
    this.address = started.server.address;
    this.server = started.server;
    this.clock = clock;
    this.#started = started;
  }

  async openAdmin(): Promise<void> {
    this.#admin = await this.connect(await this.#system("Admin", ADMIN_LIFETIME_MS));
  }

  admin(): NodeClient {
    if (this.#admin === undefined) throw new Error("the cluster has not started");
    return this.#admin;
  }

  async connect(credentials: CredentialTexts): Promise<NodeClient> {
    const client = await connect({ address: this.address, credentials: fromMemory(credentials) });
    this.#clients.push(client);
    return client;
  }

  addRole(role: RoleDocument) {
    const resource = parseResource({ kind: "role", version: "v8", ...role });
    if (resource.kind !== "role") throw new TypeError(`a role is wanted, not a ${resource.kind}`);
    return this.admin().roles.upsert(resource.message);
  }

  addUser(name: string, roles: readonly string[], traits: Readonly<Record<string, string[]>> = {}) {
    const document = { kind: "user", version: "v2", metadata: { name }, spec: { roles: [...roles], traits } };
    const resource = parseResource(document);
    if (resource.kind !== "user") throw new TypeError(`a user is wanted, not a ${resource.kind}`);
    return this.admin().users.upsert(resource.message);
  }

  async credentials(user: string, { ttlMs = HOUR_MS, accessRequests = [] }: CredentialOptions = {}) {
    const expiresAt = this.clock.now() + ttlMs;
    const issuer = this.server.rooms.keyring.user.x509;
    const plain = await requestCredentials(this.admin(), { user, expiresAt }, issuer);
    if (accessRequests.length === 0) return { ...plain, ca: this.#ca() };
    // Roles of a request are for the requester alone to take.
    const asUser = await this.connect({ ...plain, ca: this.#ca() });
    const lent = await requestCredentials(asUser, { user, expiresAt, accessRequests }, issuer);
    await asUser.close();
    return { ...lent, ca: this.#ca() };
  }

  systemIdentity(role: string) {
    return this.#system(role, HOUR_MS);
  }

  async expiredIdentity(user: string) {
    const now = this.clock.now();
    return this.#user(user, { notBeforeAt: now - 2 * HOUR_MS, notAfterAt: now - HOUR_MS });
  }

  async foreignIdentity(user: string) {
    const other = await startServer({ name: this.name }, this.clock);
    const now = this.clock.now();
    const { user: issuer } = other.server.rooms.keyring;
    try {
      return await this.#user(user, {
        issuer: issuer.x509,
        notBeforeAt: this.#since(),
        notAfterAt: now + HOUR_MS,
      });
    } finally {
      await other.stop();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    await this.#started.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Clients go by the real time, whatever that of the cluster. */
  #since(): number {
    return Math.min(this.clock.now(), systemClock.now()) - SKEW_MS;
  }

  #ca(): string {
    return this.server.rooms.keyring.host.tlsCertificates.join("");
  }

  async #system(role: string, lifetimeMs: number): Promise<CredentialTexts> {
    const now = this.clock.now();
    const identity: Partial<Identity> = { roles: [role] };
    const signed = await signCredentials({
      issuer: this.server.rooms.keyring.host.x509,
      username: `${HOST_ID}.${this.name}`,
      clusterName: this.name,
      identity: role === "Instance" ? { ...identity, systemRoles: ["Node"] } : identity,
      notBeforeAt: this.#since(),
      notAfterAt: now + lifetimeMs,
    });
    return { ...signed, ca: this.#ca() };
  }

  async #user(
    username: string,
    wish: Pick<CertificateWish, "notBeforeAt" | "notAfterAt"> & Partial<CertificateWish>,
  ): Promise<CredentialTexts> {
    const stored = await this.server.rooms.users.get(username);
    const signed = await signCredentials({
      issuer: this.server.rooms.keyring.user.x509,
      username,
      clusterName: this.name,
      identity: { roles: [...(stored?.roles ?? [])], traits: stored?.traits ?? {} },
      ...wish,
    });
    return { ...signed, ca: this.#ca() };
  }
}
