import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyIdentity, type Identity } from "@sallyport/api";
import type { Caller } from "../rpc/index.ts";
import { decideGround } from "./decide-ground.ts";
import { noWish, type UserCertsWish } from "./user-certs.ts";

const permissions = {
  check: () => ({ allow: false, explicit: false, because: "test" }) as const,
  mayEver: () => false,
};

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

const remote: Caller = { ...user(), origin: { cluster: "leaf", username: "ann" } };

const signedByAdmin = { impersonator: "0b5e7a32-8d06-4c5e-9f37-0f9a5a8b1c2d.here", teleportCluster: "here" };

const plain: UserCertsWish = { ...noWish, username: "ann" };

const onDatabase = { usage: "database", databaseService: "orders" } as const;
const mongo = (username: string) => ({
  serviceName: "orders",
  protocol: "mongodb",
  username,
  database: "d",
  roles: [],
});

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
  ...(["accessRequests", "dropAccessRequests", "roleRequests"] as const).map(
    (list): Case => [
      `threat 9: ${list} that are too many, which are then not looked up`,
      user(),
      { [list]: Array.from({ length: 1001 }, (_, index) => `n${index}`) },
      false,
      "BAD_PARAMETER",
    ],
  ),
  [
    "threat 9: a database user that fills the disk",
    user(),
    { ...onDatabase, database: mongo("u".repeat(10_000)) },
    false,
    "BAD_PARAMETER",
  ],
  [
    "a database user with a long name",
    user(),
    { ...onDatabase, database: mongo("u".repeat(9000)) },
    false,
    "self",
  ],
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
    "an identity of the local administrator's with a request",
    user(signedByAdmin),
    { accessRequests: ["x"] },
    false,
    "self",
  ],
  [
    "an identity of the local administrator's for another",
    user(signedByAdmin),
    { username: "bob" },
    true,
    "impersonation",
  ],
  [
    "one of another cluster's administrator",
    user({ ...signedByAdmin, teleportCluster: "there" }),
    { accessRequests: ["x"] },
    false,
    "ACCESS_DENIED",
  ],
  [
    "one of somebody who has the cluster in the name",
    user({ ...signedByAdmin, impersonator: "x.here" }),
    { accessRequests: ["x"] },
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
  ["threat 35: a user of another cluster for oneself", remote, {}, false, "self"],
  ["threat 35: and for another, whatever their role", remote, { username: "bob" }, true, "ACCESS_DENIED"],
  ...(["accessRequests", "dropAccessRequests", "roleRequests"] as const).map(
    (list): Case => [`threat 35: and with ${list}`, remote, { [list]: ["x"] }, false, "ACCESS_DENIED"],
  ),
  ["threat 35: and with role requests", remote, { useRoleRequests: true }, false, "ACCESS_DENIED"],
  ["single use for everything", user(), { isSingleUse: true }, false, "BAD_PARAMETER"],
  ["single use for one thing", user(), { ...onDatabase, isSingleUse: true }, false, "self"],
  [
    "single use for another",
    user(),
    { ...onDatabase, isSingleUse: true, username: "bob" },
    true,
    "ACCESS_DENIED",
  ],
  [
    "single use with a one-time password",
    user(),
    { ...onDatabase, isSingleUse: true, secondFactor: "totp" },
    false,
    "BAD_PARAMETER",
  ],
  ["a second factor that is not there", user(), { secondFactor: "other" }, false, "ACCESS_DENIED"],
  ["a one-time password that is not there", user(), { secondFactor: "totp" }, false, "ACCESS_DENIED"],
  ["a command on databases", user(), { ...onDatabase, requester: "database exec" }, false, "self"],
  ["a command on databases, for all", user(), { requester: "database exec" }, false, "BAD_PARAMETER"],
  [
    "a command on databases with a second factor for more than once",
    user(),
    { ...onDatabase, requester: "database exec", secondFactor: "other" },
    false,
    "BAD_PARAMETER",
  ],
  ["MongoDB without a user", user(), { ...onDatabase, database: mongo("") }, false, "BAD_PARAMETER"],
  ["MongoDB with a user", user(), { ...onDatabase, database: mongo("u") }, false, "self"],
];

for (const [name, caller, wish, impersonates, expected] of cases) {
  test(`on what ground: ${name}`, () => {
    const verdict = decideGround(caller, { ...plain, ...wish }, impersonates);
    assert.equal(verdict.allow ? verdict.ground : verdict.reason, expected);
  });
}

const refused: readonly (readonly [
  caller: Caller,
  wish: Partial<UserCertsWish>,
  isImpersonation: boolean,
])[] = [
  [user(), { username: "bob" }, true],
  [node, { username: "bob" }, true],
  [user({ disallowReissue: true }), {}, false],
  [user(), { secondFactor: "other" }, false],
  [user(), { usage: "kubernetes" }, false],
];
for (const [caller, wish, isImpersonation] of refused) {
  test(`${caller.name} with ${JSON.stringify(wish)} is ${isImpersonation ? "" : "not "}refused as an impersonation`, () => {
    const verdict = decideGround(caller, { ...plain, ...wish }, false);
    assert.equal(!verdict.allow && verdict.isImpersonation === true, isImpersonation);
  });
}
