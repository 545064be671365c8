import type { Access, ServedService } from "../../packages/server/src/rpc/index.ts";
import { code, page, table, written } from "./markdown.ts";
import type { ReferenceCluster } from "./reference-cluster.ts";

/** The reference page of methods: who may call each, and what it leaves in the audit log. */
export function rpcReference({ services, routes, watchedKinds, silentKinds }: ReferenceCluster): string {
  return page(
    "# Methods",
    written("the tables that the auth service serves"),
    "Everything listens on one port (3025 by default): gRPC, and HTTP/1.1 for the JSON routes at the end. A method " +
      "that is not listed answers Unimplemented. Without a certificate, only what anyone may call is answered.",
    ...[...services]
      .sort((a, b) => (a.service.typeName < b.service.typeName ? -1 : 1))
      .flatMap((served) => [`## ${served.service.typeName}`, methodTable(served)]),
    "## JSON routes",
    table(
      ["Route", "Who may call it"],
      routes.map(({ method, pattern, access }) => [code(`${method} ${pattern}`), whoMay(access)]),
    ),
    "## Kinds that can be watched",
    `With events: ${watchedKinds.map(code).join(", ")}.`,
    `Accepted, and silent because there are none of them yet: ${silentKinds.map(code).join(", ")}.`,
  );
}

function methodTable({ service, table: entries }: ServedService): string {
  const rows = service.methods.map((method) => {
    const entry = entries[method.localName];
    if (entry === undefined) throw new Error(`${service.typeName}.${method.name} is not in its table`);
    return [nameOf(method), whoMay(entry.access), (entry.audit ?? []).map(code).join(", ")];
  });
  return table(["Method", "Who may call it", "Audit events"], rows);
}

const nameOf = (method: { readonly name: string; readonly methodKind: string }): string =>
  method.methodKind === "unary" ? code(method.name) : `${code(method.name)} (stream)`;

function whoMay(access: Access): string {
  if ("anyone" in access) return `anyone, also without a certificate: ${access.why}`;
  if ("kind" in access) return `${code(access.kind)}: ${access.verbs.join(", ")}`;
  if ("systemRoles" in access) return `services: ${access.systemRoles.join(", ")}`;
  return `decided by the call: ${access.decidedBy}`;
}
