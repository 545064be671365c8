import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyIdentity, type Identity } from "@sallyport/api";
import type { Caller } from "../rpc/index.ts";
import { decideGround } from "./decide-ground.ts";
import type { UserCertsWish } from "./user-certs.ts";

const permissions = { check: () => ({ allow: false, explicit: false, because: "test" }) as const };

function user(identity: Partial<Identity> = {}): Caller {
  return {
    kind: "user",
    name: "ann",
    roles: ["dev"],
    traits: {},
    identity: { ...emptyIdentity("ann"), ...identity },
    permissions,
  };
}
const admin: Caller = { ...user(), kind: "system", name: "host.here", roles: ["Admin"] };
const node: Caller = { ...admin, roles: ["Node"] };

const plain: UserCertsWish = {
  username: "ann",
  expiresAt: undefined,
  format: "",
  usage: "all",
  routeToCluster: "",
  kubernetesCluster: "",
  nodeName: "",
  appName: "",
  databaseService: "",
  windowsDesktop: "",
  accessRequests: [],
  dropAccessRequests: [],
  roleRequests: [],
  useRoleRequests: false,
  reissuableRoleImpersonation: false,
};

type Case = readonly [
  name: string,
  caller: Caller,
  wish: Partial<UserCertsWish>,
  impersonates: boolean,
  expected: string,
];

const cases: readonly Case[] = [
  ["oneself", user(), {}, false, "self"],
  ["another user", user(), { username: "bob" }, false, "ACCESS_DENIED"],
  ["another user, with a role that impersonates", user(), { username: "bob" }, true, "impersonation"],
  ["the local administrator for anybody", admin, { username: "bob" }, false, "admin"],
  ["another service for anybody", node, { username: "bob" }, true, "ACCESS_DENIED"],
  ["threat 20: a name in other case is another name", user(), { username: "Ann" }, false, "ACCESS_DENIED"],
  ["role requests for oneself", user(), { roleRequests: ["ops"] }, false, "role request"],
  ["the flag alone is a role request", user(), { useRoleRequests: true }, false, "role request"],
  ["role requests for another", user(), { username: "bob", roleRequests: ["ops"] }, true, "ACCESS_DENIED"],
  ["threat 40: a certificate that forbids it", user({ disallowReissue: true }), {}, false, "ACCESS_DENIED"],
  ["an impersonated identity renews itself", user({ impersonator: "bot" }), {}, false, "self"],
  [
    "an impersonated identity with a request",
    user({ impersonator: "bot" }),
    { accessRequests: ["x"] },
    false,
    "ACCESS_DENIED",
  ],
  [
    "an impersonated identity with roles",
    user({ impersonator: "bot" }),
    { roleRequests: ["x"] },
    false,
    "ACCESS_DENIED",
  ],
  [
    "an impersonated identity for another",
    user({ impersonator: "bot" }),
    { username: "bob" },
    true,
    "ACCESS_DENIED",
  ],
  ["a usage without its target", user(), { usage: "kubernetes" }, false, "BAD_PARAMETER"],
  ["a usage with its target", user(), { usage: "kubernetes", kubernetesCluster: "k" }, false, "self"],
  ["a database without its name", user(), { usage: "database" }, false, "BAD_PARAMETER"],
];

for (const [name, caller, wish, impersonates, expected] of cases) {
  test(`on what ground: ${name}`, () => {
    const verdict = decideGround(caller, { ...plain, ...wish }, impersonates);
    assert.equal(verdict.allow ? verdict.ground : verdict.reason, expected);
  });
}
