import { AppError } from "@sallyport/api";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import { type Call, encodePage, type RpcPart, type Verb } from "../../rpc/index.ts";
import type { AccessRequestDeps } from "../deps.ts";
import { listPluginData } from "./list-plugin-data.ts";
import { isPluginDataKind, type PluginDataKind } from "./plugin-data.ts";
import { updatePluginData } from "./update-plugin-data.ts";

export function pluginDataRpcs(
  deps: AccessRequestDeps,
): RpcPart<typeof AuthService, "getPluginData" | "updatePluginData"> {
  return {
    getPluginData: {
      access: { decidedBy: "rules on plugin data" },
      handle: async ({ Kind, Resource, Plugin }, call) => {
        const kind = checkKind(Kind);
        demand(call, kind, ["list", "read"]);
        const found = await listPluginData(deps.backend, { kind, resource: Resource, plugin: Plugin });
        return encodePage(1, found);
      },
    },
    updatePluginData: {
      access: { decidedBy: "rules on plugin data" },
      handle: async (message, call) => {
        const kind = checkKind(message.Kind);
        demand(call, kind, ["update"]);
        const { Resource: resource, Plugin: plugin, Set: set, Expect: expect } = message;
        await updatePluginData(deps, { kind, resource, plugin, set, expect }, call.now);
        return {};
      },
    },
  };
}

function checkKind(kind: string): PluginDataKind {
  if (isPluginDataKind(kind)) return kind;
  throw new AppError(
    "BAD_PARAMETER",
    `plugin data is kept for access_request and access_list, not for "${kind}"`,
  );
}

/** Each verb may come from a rule on the kind itself, or from one on the data that plugins keep about it. */
function demand({ caller }: Call, kind: PluginDataKind, verbs: readonly Verb[]): void {
  const isAllowed = (verb: Verb) =>
    caller.permissions.check(kind, [verb]).allow ||
    caller.permissions.check("access_plugin_data", [verb]).allow;
  if (!verbs.every(isAllowed))
    throw new AppError("ACCESS_DENIED", `access denied to the plugin data of ${kind}`);
}
