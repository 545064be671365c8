import { AppError } from "@sallyport/api";
import type { AuthService } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb";
import { isAdmin, type RpcPart, type Verb } from "../rpc/index.ts";

type Methods =
  | "getInventoryStatus"
  | "getApps"
  | "getDatabases"
  | "getKubernetesClusters"
  | "getWindowsDesktops"
  | "getWindowsDesktopServices"
  | "getSAMLConnectors"
  | "getOIDCConnectors"
  | "getGithubConnectors";

const none = (kind: string, read: Verb = "read") => {
  const verbs: readonly Verb[] = ["list", read];
  return { access: { kind, verbs }, handle: () => ({}) };
};

/** What is registered as a resource, of kinds that do not exist yet. `tctl get all` ends at the first list it misses. */
export function registeredRpcs(): RpcPart<typeof AuthService, Methods> {
  return {
    getInventoryStatus: {
      access: { kind: "instance", verbs: ["list", "read"] },
      handle: ({ Connected }, { caller }) => {
        if (!Connected || isAdmin(caller)) return {};
        throw new AppError(
          "ACCESS_DENIED",
          "instances that are connected are told to the local administrator only; try tctl inventory ls",
        );
      },
    },
    getApps: none("app"),
    getDatabases: none("db"),
    getKubernetesClusters: none("kube_cluster"),
    getWindowsDesktops: none("windows_desktop"),
    getWindowsDesktopServices: none("windows_desktop_service"),
    getSAMLConnectors: none("saml", "readnosecrets"),
    getOIDCConnectors: none("oidc", "readnosecrets"),
    getGithubConnectors: none("github", "readnosecrets"),
  };
}
