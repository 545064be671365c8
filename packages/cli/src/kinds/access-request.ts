import { gather } from "../connection/gather.ts";
import { kindActions } from "./kind-actions.ts";
import { nameOf, showListLabels } from "./show-values.ts";

export const accessRequestActions = kindActions<"access_request">({
  kind: "access_request",
  list: (client) => gather(client.accessRequests.list()),
  get: (client, name) => client.accessRequests.get(name),
  table: (requests) => ({
    headers: ["Name", "User", "Roles", "Annotations"],
    rows: requests.map((request) => [
      nameOf(request),
      request.Spec?.User ?? "",
      request.Spec?.Roles.join(",") ?? "",
      showListLabels(request.Spec?.SystemAnnotations),
    ]),
    shrink: "Annotations",
  }),
});
