import { AppError } from "@sallyport/api";
import { newRole } from "../../roles/index.ts";
import type { Backend } from "../../storage/index.ts";
import { createRequest } from "../create-request.ts";
import { anyRequest } from "../reading/decide-visibility.ts";
import { findSight } from "../reading/find-sight.ts";
import { listRequests, type RequestListing } from "../reading/list-requests.ts";
import { readRequest } from "../wire/read-request.ts";
import { askingRole, reviewingRole, wishFor } from "./examples.ts";
import { openSmallCluster, type SmallCluster } from "./small-cluster.ts";

// The people that most tests through storage are about: alice asks, bob and cas review, a plugin answers.

export const two = { name: "two", filter: "", approve: 2, deny: 1 };
export const asks = askingRole("asks", { allow: { roles: ["dev", "ops"], thresholds: [two] } });
export const reviews = reviewingRole("reviews", { roles: ["dev"] });
export const plugin = newRole("access-plugin", {
  allow: {
    rules: [{ resources: ["access_request"], verbs: ["list", "read", "update"], where: "", actions: [] }],
  },
});
export const blind = newRole("blind", {
  deny: { rules: [{ resources: ["access_request"], verbs: ["*"], where: "", actions: [] }] },
});
export const reviewers = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`rev${i}`, { roles: [reviews] }]),
);

export function openStory(): Promise<SmallCluster> {
  const users = {
    alice: { roles: [asks] },
    bob: { roles: [reviews] },
    cas: { roles: [reviews] },
    zoe: { roles: [] },
    mute: { roles: [asks, blind] },
    plugin: { roles: [plugin] },
    ...reviewers,
  };
  return openSmallCluster(users, [newRole("dev"), newRole("ops")]);
}

export async function ask(cluster: SmallCluster, roles = ["dev"], user = "alice"): Promise<string> {
  const { request } = await createRequest(cluster.deps, wishFor({ user, roles }), cluster.call(user));
  return request.id;
}

export function isReason(reason: string) {
  return (error: unknown) => error instanceof AppError && error.reason === reason;
}

export async function listPage(
  cluster: SmallCluster,
  name: string,
  parts: Partial<RequestListing> & { readonly backend?: Backend } = {},
) {
  const call = cluster.call(name);
  const filter = { ...anyRequest, requester: name, ...parts.filter };
  const sight = await findSight(cluster.deps, call.caller, filter.user);
  const listing = {
    sort: "DEFAULT",
    descending: false,
    limit: 0,
    startKey: "",
    maxBytes: 1e6,
    ...parts,
    filter,
  } as const;
  return listRequests(parts.backend ?? cluster.backend, sight, listing, call);
}

export async function listIds(cluster: SmallCluster, name: string, parts: Partial<RequestListing> = {}) {
  return (await listPage(cluster, name, parts)).items.map((bytes) => readRequest(bytes).id);
}

export const approval = {
  state: "APPROVED",
  reason: "",
  annotations: {},
  roles: [],
  assumeStartAt: undefined,
} as const;

/** All of the history that one page holds. */
export const everything = {
  filter: { user: "", state: "NONE" as const, from: undefined, to: undefined, words: [] },
  limit: 0,
  token: "",
  maxBytes: 1e6,
};
