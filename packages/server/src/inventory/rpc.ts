import { create } from "@bufbuild/protobuf";
import { AppError } from "@sallyport/api";
import type { AccessListService } from "@sallyport/api/gen/teleport/accesslist/v1/accesslist_service_pb";
import type { AccessMonitoringRulesService } from "@sallyport/api/gen/teleport/accessmonitoringrules/v1/access_monitoring_rules_service_pb";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import {
  ListResourcesResponseSchema,
  ListUnifiedResourcesResponseSchema,
} from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import type { SPIFFEFederationService } from "@sallyport/api/gen/teleport/machineid/v1/federation_service_pb";
import { parseResourceFilter } from "../expressions/index.ts";
import type { Caller, RpcPart, RpcTable } from "../rpc/index.ts";

/** Kinds that a list may name; there are no resources of them yet, and plugins ask all the same. */
const listable = [
  "node",
  "db_server",
  "db",
  "db_service",
  "app_server",
  "app",
  "kube_server",
  "kube_service",
  "kube_cluster",
  "windows_desktop",
  "windows_desktop_service",
  "user_group",
  "saml_idp_service_provider",
  "git_server",
  "app_and_idp_sp",
];
const MAX_LIMIT = 1000;

function checkList(limit: number, kinds: readonly string[], filter: string): void {
  if (limit < 0 || limit > MAX_LIMIT) {
    throw new AppError("BAD_PARAMETER", `a page has 1 to ${MAX_LIMIT} resources, not ${limit}`);
  }
  for (const kind of kinds) {
    if (!listable.includes(kind)) throw new AppError("BAD_PARAMETER", `kind "${kind}" cannot be listed here`);
  }
  if (filter !== "") parseResourceFilter(filter);
}

/** By which kind a list is ruled; `kube_service` is what a Kubernetes server was called before version 12. */
const ruleKinds: Readonly<Record<string, string>> = { app_and_idp_sp: "app", kube_service: "kube_server" };

/** Whether the rules of the caller let them list a kind; a node is then shown by its labels, others need `read` too. */
function mayList({ permissions }: Caller, kind: string): boolean {
  const ruleKind = ruleKinds[kind] ?? kind;
  return permissions.check(ruleKind, kind === "node" ? ["list"] : ["list", "read"]).allow;
}

/** Kinds that one may not list are left out of an answer; where none is left, nothing is answered. */
function demandList(caller: Caller, kinds: readonly string[]): void {
  if (kinds.some((kind) => mayList(caller, kind))) return;
  throw new AppError("ACCESS_DENIED", `access denied to list ${kinds.join(", ")}`);
}

type Methods = "listResources" | "listUnifiedResources" | "getInstances";

/** Lists of what does not exist yet: empty, so that clients that look before they act go on. */
export function inventoryRpcs(): RpcPart<typeof AuthService, Methods> {
  return {
    listResources: {
      access: { decidedBy: "each resource by its labels; there are none yet" },
      handle: (request, { caller }) => {
        checkList(request.Limit, [request.ResourceType], request.PredicateExpression);
        demandList(caller, [request.ResourceType]);
        return create(ListResourcesResponseSchema);
      },
    },
    listUnifiedResources: {
      access: { decidedBy: "each resource by its labels; there are none yet" },
      handle: (request, { caller }) => {
        const kinds = [...new Set(request.Kinds)];
        checkList(request.Limit, kinds, request.PredicateExpression);
        demandList(caller, kinds.length === 0 ? listable : kinds);
        return create(ListUnifiedResourcesResponseSchema);
      },
    },
    getInstances: { access: { kind: "instance", verbs: ["list", "read"] }, handle: nothing },
  };
}

async function* nothing() {}

function notThere(noun: string, name: string): never {
  throw new AppError("NOT_FOUND", `${noun} ${JSON.stringify(name)} is not there`);
}

/** Access lists are not served yet. Plugins end when these methods are missing, so they answer with nothing. */
export function accessListRpcs(): RpcTable<typeof AccessListService> {
  return {
    getAccessLists: { access: { kind: "access_list", verbs: ["list", "read"] }, handle: () => ({}) },
    listAccessLists: { access: { kind: "access_list", verbs: ["list", "read"] }, handle: () => ({}) },
    getAccessListsToReview: {
      access: { decidedBy: "lists that one owns; there are none yet" },
      handle: () => ({}),
    },
  };
}

/** Monitoring rules are not served yet; every access plugin asks for them at its start. */
export function monitoringRuleRpcs(): RpcTable<typeof AccessMonitoringRulesService> {
  const list = { kind: "access_monitoring_rule", verbs: ["list", "read"] } as const;
  return {
    getAccessMonitoringRule: {
      access: { kind: "access_monitoring_rule", verbs: ["read"] },
      handle: ({ name }) => notThere("access monitoring rule", name),
    },
    listAccessMonitoringRules: { access: list, handle: () => ({}) },
    listAccessMonitoringRulesWithFilter: { access: MONITORING_FOR_PLUGINS, handle: () => ({}) },
  };
}

/** Trust domains of others are not served yet. Who hands out credentials of workloads reads them, and their bundles. */
export function federationRpcs(): RpcTable<typeof SPIFFEFederationService> {
  return {
    getSPIFFEFederation: {
      access: { kind: "spiffe_federation", verbs: ["read"] },
      handle: ({ name }) => notThere("SPIFFE federation", name),
    },
    listSPIFFEFederations: {
      access: { kind: "spiffe_federation", verbs: ["list", "read"] },
      handle: () => ({}),
    },
  };
}

/** A plugin's role names access requests only, and a refusal here would end it. */
const MONITORING_FOR_PLUGINS = { decidedBy: "any certificate: the list is empty for everybody" } as const;
