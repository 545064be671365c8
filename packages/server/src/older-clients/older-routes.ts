import type { JsonRoute, ServedService } from "../rpc/index.ts";
import { authorityRoutes } from "./authority-routes.ts";
import { clusterRoutes } from "./cluster-routes.ts";
import { peopleRoutes } from "./people-routes.ts";
import { servedRpcs } from "./served-rpcs.ts";
import { trustRoutes } from "./trust-routes.ts";

/**
 * What tctl and the client library of versions 4 to 12 need besides gRPC. Each route asks a method that is served, with
 * that method's word on who may; nothing is decided here.
 */
export function olderRoutes(services: readonly ServedService[]): readonly JsonRoute[] {
  const rpcs = servedRpcs(services);
  return [...authorityRoutes(rpcs), ...peopleRoutes(rpcs), ...clusterRoutes(rpcs), ...trustRoutes(rpcs)];
}
