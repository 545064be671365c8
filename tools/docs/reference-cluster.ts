import { openRooms } from "../../packages/server/src/auth-rooms.ts";
import { authRoutes } from "../../packages/server/src/auth-routes.ts";
import { authServices, authWatchSources, silentKinds } from "../../packages/server/src/auth-services.ts";
import { loadConfig } from "../../packages/server/src/config/index.ts";
import { createLifecycle } from "../../packages/server/src/kernel/lifecycle.ts";
import { silentLogger } from "../../packages/server/src/kernel/logger.ts";
import { olderRoutes } from "../../packages/server/src/older-clients/index.ts";
import type { JsonRoute, ServedService } from "../../packages/server/src/rpc/index.ts";
import { openBackend } from "../../packages/server/src/storage/index.ts";
import { openWatchFeed } from "../../packages/server/src/watch/index.ts";

/** The auth service as it is served, without a port: what the reference pages are read from. */
export interface ReferenceCluster {
  readonly services: readonly ServedService[];
  readonly routes: readonly JsonRoute[];
  /** Kinds that a watch can name, and those that are accepted and silent. */
  readonly watchedKinds: readonly string[];
  readonly silentKinds: readonly string[];
  close(): Promise<void>;
}

/** In memory, on a machine of no name, so that every machine writes the same pages. */
export async function openReferenceCluster(): Promise<ReferenceCluster> {
  const clock = { now: () => Date.UTC(2026, 0, 1), after: () => () => {} };
  const machine = { env: {}, uid: 1000, home: "/home/reference", workingDir: "/home/reference" };
  const { config } = loadConfig({}, { machine, hostName: "reference" });
  const lifecycle = createLifecycle({ logger: silentLogger, clock });
  const backend = await openBackend({ kind: "memory", clock });
  const rooms = await openRooms({ backend, clock, logger: silentLogger, config, lifecycle });
  const sources = authWatchSources(rooms);
  const feed = await openWatchFeed({ backend, clock, sources, silentKinds });
  const services = authServices(rooms, feed);
  return {
    services,
    routes: [...authRoutes(rooms, { hostId: "", address: () => "" }), ...olderRoutes(services)],
    watchedKinds: sources.map(({ kind }) => kind).sort(),
    silentKinds: silentKinds.map(({ kind }) => kind).sort(),
    close: async () => {
      feed.close();
      await lifecycle.stop("the pages are written");
      await backend.close();
    },
  };
}
