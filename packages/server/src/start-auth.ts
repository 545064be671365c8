import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { localPaths } from "@sallyport/api/node";
import { type AuthRooms, lockingModeOf, lockOn, openRooms, startBackgroundWork } from "./auth-rooms.ts";
import { authRoutes } from "./auth-routes.ts";
import { authServices, authWatchSources, silentKinds } from "./auth-services.ts";
import {
  createServerMaterial,
  createVerifyPeer,
  isTrusted,
  keepLocalAdmin,
  type Peer,
} from "./authority/index.ts";
import { createAuthenticate, createStreamWatch } from "./callers/index.ts";
import { startRevocationServer } from "./certificates/index.ts";
import type { Config, ListenAddress } from "./config/index.ts";
import { makePrivateDirectory } from "./kernel/check-private.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Lifecycle } from "./kernel/lifecycle.ts";
import type { Logger } from "./kernel/logger.ts";
import { olderRoutes } from "./older-clients/index.ts";
import {
  API_VERSION,
  createJsonHandler,
  createRefusalCounter,
  defaultLimits,
  type JsonRoute,
  Pipeline,
  type RefusalCounter,
  Refusals,
  registerServices,
  remoteUserName,
  type TlsMaterial,
  Transport,
} from "./rpc/index.ts";
import { type Backend, openBackend } from "./storage/index.ts";
import { openWatchFeed } from "./watch/index.ts";

export interface StartOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}

/** A running auth service. */
export interface AuthServer {
  readonly clusterName: string;
  /** Where it listens, `host:port`. */
  readonly address: string;
  /** Where revocation lists are served, `host:port`; undefined where they are not. */
  readonly revocationAddress: string | undefined;
  readonly rooms: AuthRooms;
}

const STOP_GRACE_MS = 10_000;
const RENEW_AGAIN_MS = 1000;

/** Starts the auth service: storage, rooms, background work, then the port. What is started is stopped in reverse. */
export async function startAuth(options: StartOptions): Promise<AuthServer> {
  const { config, lifecycle, clock, logger } = options;
  const tooOpen = makePrivateDirectory(config.dataDir);
  if (tooOpen !== undefined) logger.warn(tooOpen);
  const backend = await lifecycle.start(
    "storage",
    () => openStorage(options),
    (opened) => opened.close(),
  );
  const rooms = await openRooms({ backend, clock, logger, config, lifecycle });
  await startBackgroundWork(rooms);
  const address = await startPort(rooms);
  await keepAdminIdentity(rooms, address);
  const revocationAddress = await startRevocationPort(rooms);
  return { clusterName: rooms.cluster.name, address, revocationAddress, rooms };
}

async function startRevocationPort(rooms: AuthRooms): Promise<string | undefined> {
  const { config, lifecycle, revocationLists: lists } = rooms;
  const listen = config.revocationListen;
  if (listen === undefined) return undefined;
  const server = await lifecycle.start(
    "revocation port",
    () => startRevocationServer({ ...rooms, lists }, listen),
    (started) => started.stop(),
  );
  return formatAddress({ host: listen.host, port: server.port });
}

function openStorage({ config, clock, logger: log }: StartOptions): Promise<Backend> {
  const { type, path } = config.storage;
  const logger = {
    warn: (details: object, message: string) => log.warn(message, { ...details }),
    error: (details: object, message: string) => log.error(message, { ...details }),
  };
  if (type === "memory") return openBackend({ kind: "memory", clock, logger });
  return openBackend({ kind: "sqlite", path: join(path, "sallyport.sqlite"), clock, logger });
}

async function startPort(rooms: AuthRooms): Promise<string> {
  const { config, lifecycle, clock, logger, backend, cluster } = rooms;
  const sources = authWatchSources(rooms);
  const feed = await lifecycle.start(
    "watch feed",
    () => openWatchFeed({ backend, clock, sources, silentKinds }),
    (opened) => opened.close(),
  );
  let address = "";
  const counter = createRefusalCounter(clock, logger);
  const pipeline = createPipeline(rooms, counter);
  const services = authServices(rooms, feed);
  const routes = authRoutes(rooms, { hostId: cluster.id, address: () => address });
  const transport = await createTransport(rooms, counter, pipeline, [...routes, ...olderRoutes(services)]);
  registerServices(transport, services, pipeline);
  followAuthorities(rooms, transport);
  const { host, port } = config.auth.listen;
  const bound = await lifecycle.start(
    "auth port",
    () => transport.listen(port, host),
    () => transport.stop(STOP_GRACE_MS),
  );
  address = formatAddress({ host, port: bound });
  return address;
}

/** What a rotation means for the port: other CAs and certificates to show, and connections that count no more. */
function followAuthorities(rooms: AuthRooms, transport: Transport): void {
  const { keyring, foreign, clock, lifecycle, logger } = rooms;
  /** One after the other, so that the newest is what stays. */
  let renewing = Promise.resolve();
  // A client that has a new certificate by now finds it accepted when it comes anew.
  const retire = () => transport.retire(({ peer }) => peer !== undefined && !trusts(rooms, peer as Peer));
  foreign.onChange(retire);
  const renew = () => {
    renewing = renewing
      .then(() => serverMaterial(rooms))
      .then(
        (material) => transport.setTls(material),
        (error) => {
          if (lifecycle.stopping.aborted) return;
          // Clients may soon trust the new authority alone, so what signs is waited for.
          logger.error("the server certificate could not be renewed; it is tried again", { error });
          clock.after(RENEW_AGAIN_MS, renew);
        },
      );
  };
  keyring.onChange(() => {
    retire();
    renew();
  });
}

function createPipeline(rooms: AuthRooms, counter: RefusalCounter): Pipeline {
  const { clock, logger, cluster, foreign, roles, users, lockView, epoch, audit, revocations } = rooms;
  const authenticate = createAuthenticate({
    clusterName: cluster.name,
    userOf: users.get,
    rolesOf: roles.getAll,
    lockOn: lockOn(lockView),
    lockingMode: lockingModeOf(cluster),
    trusts: (peer) => trusts(rooms, peer),
    roleMapOf: (cluster) => foreign.of("user", cluster)?.roleMap,
    isRevoked: (certificate) => revocations.ofShown(certificate) !== undefined,
    epoch: epoch.now,
  });
  const onError = (error: unknown) => logger.error("live streams could not be looked at", { error });
  const refusals = new Refusals({
    nameOf: ({ peer }) => nameOf(peer as Peer | undefined, cluster.name),
    onRefusal: ({ method, name, message, connection, suppressed, entry }) =>
      audit.record({
        ...(entry ?? { event: "auth", code: "T3007W" }),
        user: name,
        "addr.remote": connection.remoteAddress,
        success: false,
        error: `${method}: ${message}`,
        ...(suppressed === 0 ? {} : { message: `${suppressed} more refusals were not written one by one` }),
      }),
    counter,
    clock,
    logger,
  });
  const watchCaller = createStreamWatch({ authenticate, epoch, clock, onError });
  return new Pipeline({ authenticate, watchCaller, refusals, logger, clock });
}

/** As the audit log knows them: whoever is of another cluster is never called like one of this cluster. */
function nameOf(peer: Peer | undefined, clusterName: string): string | undefined {
  if (peer === undefined) return undefined;
  const { identity, isSystem } = peer;
  const { username, teleportCluster } = identity;
  const isLocal = teleportCluster === clusterName || (isSystem && username.endsWith(`.${teleportCluster}`));
  return isLocal ? username : remoteUserName({ username, cluster: teleportCluster });
}

const trusts = ({ keyring, foreign, cluster }: AuthRooms, peer: Peer) =>
  isTrusted({ keyring, foreign, clusterName: cluster.name }, peer);

async function createTransport(
  rooms: AuthRooms,
  counter: RefusalCounter,
  pipeline: Pipeline,
  routes: readonly JsonRoute[],
): Promise<Transport> {
  const { config, clock, keyring, foreign, cluster } = rooms;
  const limits = { ...defaultLimits, maxConnections: config.maxConnections };
  return new Transport({
    tls: await serverMaterial(rooms),
    verifyPeer: createVerifyPeer(keyring, clock, cluster.name, foreign),
    proxyMode: config.auth.proxyProtocol,
    apiVersion: API_VERSION,
    clock,
    limits,
    serveHttp: createJsonHandler(routes, {
      pipeline,
      maxBodyBytes: limits.http.maxBodyBytes,
      maxAnonymousBodyBytes: limits.anonymous.maxMessageBytes,
    }),
    onRefused: (because, remoteIp) => counter.count(because, { remoteIp }),
  });
}

async function serverMaterial(rooms: AuthRooms): Promise<TlsMaterial> {
  const { config, keyring, foreign, inventory, cluster, clock } = rooms;
  const named = [config.auth.listen, ...config.auth.publicAddresses].map(({ host }) => host);
  const publicAddresses = [...named.filter((host) => host !== "0.0.0.0" && host !== "::"), config.nodeName];
  const material = await createServerMaterial(
    { keyring, inventory },
    { clusterName: cluster.name, hostId: cluster.id, publicAddresses },
    clock.now(),
  );
  return { ...material, clientCas: [...material.clientCas, ...foreign.clientCas()] };
}

/** Leaves behind what `tctl` on this machine needs: an identity of the builtin Admin, and where to go with it. */
async function keepAdminIdentity(rooms: AuthRooms, address: string): Promise<void> {
  const { config, lifecycle, clock, keyring, inventory, cluster, logger } = rooms;
  const paths = localPaths(config.dataDir);
  const onError = (error: unknown) =>
    logger.error("the local admin identity could not be renewed", { error });
  await lifecycle.start(
    "local admin identity",
    () =>
      keepLocalAdmin({
        keyring,
        inventory,
        clock,
        clusterName: cluster.name,
        hostId: cluster.id,
        path: paths.adminIdentity,
        onError,
      }),
    (kept) => kept.stop(),
  );
  await writeFile(paths.authAddress, `${dialable(address)}\n`, { mode: 0o600 });
}

/** An address to dial, where the service listens on all of them. */
const dialable = (address: string) =>
  address.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");

const formatAddress = ({ host, port }: ListenAddress) =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
