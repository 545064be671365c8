import assert from "node:assert/strict";
import { test } from "node:test";
import { decideHostNames, type HostNamesWish } from "./decide-host-names.ts";
import { decideHostRole } from "./decide-host-role.ts";

const roles: readonly [string, string, string[], string[], string[], string][] = [
  ["a role that is held", "Node", [], ["Node"], [], "Node"],
  ["a role that is not", "Proxy", [], ["Node"], [], "ACCESS_DENIED"],
  ["a role that was only asserted", "Proxy", [], ["Node"], ["Proxy"], "ACCESS_DENIED"],
  ["what is no role", "editor", [], ["Node"], [], "BAD_PARAMETER"],
  ["the administrator, by a service", "Admin", [], ["Node"], [], "ACCESS_DENIED"],
  ["further roles without Instance", "Node", ["Proxy"], ["Node", "Proxy"], [], "ACCESS_DENIED"],
  ["Instance of roles held", "Instance", ["Node", "Node"], ["Node"], [], "Instance:Node"],
  [
    "Instance of roles held and asserted",
    "Instance",
    ["Node", "Proxy"],
    ["Node"],
    ["Proxy"],
    "Instance:Node,Proxy",
  ],
  ["Instance of nothing", "Instance", [], ["Node"], [], "BAD_PARAMETER"],
  ["Instance with a role too many", "Instance", ["Node", "Auth"], ["Node"], ["Proxy"], "ACCESS_DENIED"],
  ["Instance of what no service is", "Instance", ["Admin"], ["Admin"], ["Admin"], "ACCESS_DENIED"],
  ["Instance of itself", "Instance", ["Instance"], ["Instance"], [], "ACCESS_DENIED"],
  ["Instance of what is no role", "Instance", ["x"], ["x"], [], "ACCESS_DENIED"],
];
for (const [name, role, systemRoles, held, asserted, expected] of roles) {
  test(`threat 4: ${name}: ${expected}`, () => {
    const verdict = decideHostRole({ role, systemRoles }, new Set(held), new Set(asserted));
    const more = verdict.allow && verdict.systemRoles.length > 0 ? `:${verdict.systemRoles.join()}` : "";
    assert.equal(verdict.allow ? `${verdict.role}${more}` : verdict.reason, expected);
  });
}

const CLUSTER_DOMAIN = "teleport.cluster.local";
const OWN = "11111111-1111-4111-8111-111111111111.one.example";
const ANOTHER_ID = "22222222-2222-4222-8222-22222222abcd";
const ANOTHER = `${ANOTHER_ID}.one.example`;
const cluster = ["*.teleport.cluster.local", "teleport.cluster.local"];
const names: readonly [string, Partial<HostNamesWish>, readonly string[] | undefined][] = [
  ["a node has its principals", { additionalPrincipals: ["a.example.com"] }, ["a.example.com"]],
  ["an address that is none is where it comes from", { additionalPrincipals: ["0.0.0.0"] }, ["192.0.2.7"]],
  ["a node names no further hosts", { dnsNames: ["b.example.com"] }, []],
  ["a proxy does", { role: "Proxy", dnsNames: ["b.example.com"] }, [...cluster, "b.example.com"]],
  ["a database service is known by the cluster's domain", { role: "Db" }, cluster],
  ["a node cannot be the cluster", { additionalPrincipals: ["teleport.cluster.local"] }, undefined],
  ["nor anything in it", { additionalPrincipals: ["auth.Teleport.Cluster.Local."] }, undefined],
  ["nor all of it", { additionalPrincipals: ["*.teleport.cluster.local"] }, undefined],
  [
    "an instance neither",
    { role: "Instance", additionalPrincipals: ["x.teleport.cluster.local"] },
    undefined,
  ],
  ["nor by the name of its node", { nodeName: "auth.teleport.cluster.local" }, undefined],
  ["nor by that with the cluster's behind it", { nodeName: "x", clusterName: CLUSTER_DOMAIN }, undefined],
  ["it may say its own name", { additionalPrincipals: [OWN] }, [OWN]],
  ["and its own id", { nodeName: "11111111-1111-4111-8111-111111111111" }, []],
  ["but not that of another host", { additionalPrincipals: [ANOTHER] }, undefined],
  ["in whatever letters", { additionalPrincipals: [`${ANOTHER.toUpperCase()}.`] }, undefined],
  ["not with another's id", { additionalPrincipals: [ANOTHER_ID] }, undefined],
  ["nor as the name of its node", { nodeName: ANOTHER_ID }, undefined],
  ["nor does a proxy", { role: "Proxy", dnsNames: [ANOTHER] }, undefined],
  [
    "what only looks like it is a name",
    { additionalPrincipals: ["xteleport.cluster.local"] },
    ["xteleport.cluster.local"],
  ],
];
for (const [name, wish, expected] of names) {
  test(`threat 4: ${name}`, () => {
    const verdict = decideHostNames({
      role: "Node",
      hostId: "11111111-1111-4111-8111-111111111111",
      nodeName: "web-1",
      clusterName: "one.example",
      additionalPrincipals: [],
      dnsNames: [],
      remoteIp: "192.0.2.7",
      ...wish,
    });
    assert.deepEqual(verdict.allow ? verdict.tlsNames : undefined, expected);
  });
}
