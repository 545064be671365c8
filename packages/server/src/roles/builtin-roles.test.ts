import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Verb, verbs } from "../rpc/caller.ts";
import { builtinRolesOf } from "./builtin-roles.ts";
import { newRole } from "./new-role.ts";
import { permissionsOf } from "./permissions.ts";
import { presetRoles } from "./preset-roles.ts";

const builtin = builtinRolesOf("example");
const permissions = (...names: string[]) =>
  permissionsOf(builtin(names), { name: "h.example", roles: names, traits: {} });
const preset = (name: string) =>
  permissionsOf(
    presetRoles.filter((role) => role.name === name),
    { name: "alice", roles: [name], traits: {} },
  );
const granted = (who: ReturnType<typeof permissions>, kind: string, subject?: Record<string, unknown>) =>
  verbs.filter((verb) => who.check(kind, [verb], subject).allow);

const RW: Verb[] = ["list", "create", "read", "readnosecrets", "update", "delete"];
const RO: Verb[] = ["list", "read", "readnosecrets"];
const RNS: Verb[] = ["list", "readnosecrets"];

describe("builtin roles", () => {
  const table: readonly [string, string, readonly Verb[]][] = [
    ["Admin", "user", RW],
    ["Admin", "anything", RW],
    ["Admin", "device", [...RW, "enroll", "create_enroll_token"]],
    ["Auth", "auth_server", RW],
    ["Auth", "user", []],
    ["Nop", "node", []],
    ["Nop", "cluster_name", []],
    ["ProvisionToken", "role", []],
    ["Signup", "role", []],
    ["Signup", "cluster_auth_preference", RO],
    ["Node", "node", RW],
    ["Node", "user", RO],
    ["Node", "role", RO],
    ["Node", "lock", RO],
    ["Node", "access_request", []],
    ["Node", "cert_authority", RNS],
    ["Node", "stable_unix_user", ["create", "read", "readnosecrets"]],
    ["Kube", "kube_server", RW],
    ["Kube", "proxy", RO],
    ["App", "web_session", []],
    ["Db", "db_object", RW],
    ["WindowsDesktop", "lock", RO],
    ["Discovery", "integration", [...RO, "use"]],
    ["Discovery", "role", []],
    ["Okta", "role", RO],
    ["Okta", "saml", RNS],
    ["MDM", "device", RW],
    ["AccessGraphPlugin", "semaphore", RW],
    ["Proxy", "web_session", RW],
    ["Proxy", "user", RO],
    ["Proxy", "cert_authority", RNS],
    ["Proxy", "token", ["read", "readnosecrets", "delete"]],
    ["Proxy", "lock", RO],
    ["Proxy", "access_request", []],
    ["Bot", "user", []],
  ];
  for (const [role, kind, expected] of table) {
    it(`${role} on ${kind}: ${expected.join(", ") || "nothing"}`, () => {
      assert.deepEqual(granted(permissions(role), kind).toSorted(), expected.toSorted());
    });
  }

  it("Okta writes the roles that came from Okta", () => {
    const role = (origin: string) => ({
      kind: "role",
      metadata: { labels: { "teleport.dev/origin": origin } },
    });
    assert.deepEqual(granted(permissions("Okta"), "role", role("okta")).toSorted(), RW.toSorted());
    assert.deepEqual(granted(permissions("Okta"), "role", role("dynamic")).toSorted(), RO.toSorted());
  });

  it("an instance has the rules of all its roles", () => {
    assert.equal(permissions("Node", "App").check("app_server", ["create"]).allow, true);
    assert.deepEqual(builtin(["Unknown", "Instance"]), []);
  });
});

describe("preset roles", () => {
  const table: readonly [string, string, readonly Verb[]][] = [
    ["access", "event", RO],
    ["access", "user", []],
    ["editor", "user", RW],
    ["editor", "role", RW],
    ["editor", "lock", RW],
    ["editor", "token", RW],
    ["editor", "access_request", []],
    ["editor", "session", []],
    ["editor", "instance", RO],
    ["editor", "integration", [...RW, "use"]],
    ["editor", "certificate", [...RO, "update"]],
    ["auditor", "certificate", RO],
    ["reviewer", "certificate", []],
    ["access", "certificate", []],
    ["auditor", "event", RO],
    ["auditor", "session", RO],
    ["auditor", "audit_query", [...RO, "use"]],
    ["auditor", "user", []],
    ["reviewer", "access_request", []],
    ["requester", "access_request", []],
    ["terraform-provider", "user", RW],
    ["terraform-provider", "token", RW],
    ["terraform-provider", "workload_identity", RW],
    ["terraform-provider", "lock", []],
    ["terraform-provider", "access_request", []],
    ["terraform-provider", "certificate", []],
  ];
  for (const [role, kind, expected] of table) {
    it(`${role} on ${kind}: ${expected.join(", ") || "nothing"}`, () => {
      assert.deepEqual(granted(preset(role), kind).toSorted(), expected.toSorted());
    });
  }

  it("terraform-provider has rules for 28 kinds, sees what it manages, and gets into nothing", () => {
    const [role] = presetRoles.filter(({ name }) => name === "terraform-provider");
    const { labelSelectors, rules, ...rest } = role!.allow;
    assert.equal(rules.length, 28);
    const all = { "*": ["*"] };
    assert.deepEqual(labelSelectors, { app: all, db: all, node: all, windows_desktop: all });
    const { labelSelectors: _labels, rules: _rules, ...nothing } = newRole("nothing").allow;
    assert.deepEqual(rest, nothing);
  });

  it("access reads the sessions that its holder took part in", () => {
    assert.deepEqual(
      granted(preset("access"), "session", { participants: ["alice"] }).toSorted(),
      RO.toSorted(),
    );
    assert.deepEqual(granted(preset("access"), "session", { participants: ["bob"] }), []);
  });
});
