import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { clone, create, fromBinary } from "@bufbuild/protobuf";
import { AppError, type Reason } from "@sallyport/api";
import { type UserV2, UserV2Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import {
  GetUserResponseSchema,
  ListUsersResponseSchema,
} from "@sallyport/api/gen/teleport/users/v1/users_service_pb.js";
import type { AuditEntry } from "../audit/index.ts";
import { builtinRolesOf, newRole, permissionsOf, type Rule } from "../roles/index.ts";
import { type Call, Encoded } from "../rpc/index.ts";
import { fakeCall, fakeSystem, fakeUser, testNow } from "../rpc/testing/fake-call.ts";
import { key, prefix } from "../storage/index.ts";
import { MemoryBackend } from "../storage/memory/memory-backend.ts";
import { olderUserRpcs } from "./older-rpc.ts";
import { userRpcs } from "./rpc.ts";
import { createUserStore } from "./store.ts";
import type { TokenDeps } from "./tokens/create-token.ts";
import { userTokenRpcs } from "./tokens/rpc.ts";
import { createUserTokens } from "./tokens/store.ts";
import { checkUserName } from "./validate-user.ts";

const rule = (verbs: string[], where = ""): Rule => ({ resources: ["user"], verbs, where, actions: [] });
const callOf = (name: string, ...rules: Rule[]) =>
  fakeCall(
    fakeUser(name, [], permissionsOf([newRole("r", { allow: { rules } })], { name, roles: [], traits: {} })),
  );
const adminPermissions = permissionsOf(builtinRolesOf("c")(["Admin"]), {
  name: "host.c",
  roles: [],
  traits: {},
});
const admin = fakeCall(fakeSystem("host.c", ["Admin"], adminPermissions));
const wire = (name: string, spec: object = {}, metadata: object = {}): UserV2 =>
  create(UserV2Schema, { Metadata: { Name: name, ...metadata }, Spec: spec });

let backend: MemoryBackend;
let written: AuditEntry[];
let deps: TokenDeps;
let rpcs: ReturnType<typeof userRpcs>;
let older: ReturnType<typeof olderUserRpcs>;
let tokens: ReturnType<typeof userTokenRpcs>;

beforeEach(() => {
  backend = new MemoryBackend({ clock: { now: () => testNow, after: () => () => {} } });
  written = [];
  deps = {
    users: createUserStore(backend),
    tokens: createUserTokens(backend),
    clusterName: "c",
    publicAddress: "proxy.example.com:443",
    auditChange: (entry) => {
      written.push(entry);
      const value = Buffer.from(JSON.stringify(entry));
      return {
        op: "put",
        key: key("audit", String(written.length)),
        value,
        revision: "1" as never,
        condition: { is: "any" },
      };
    },
  };
  rpcs = userRpcs(deps);
  older = olderUserRpcs(deps);
  tokens = userTokenRpcs(deps);
});

const userIn = (reply: unknown): UserV2 => {
  assert.ok(reply instanceof Encoded);
  const { user } = fromBinary(GetUserResponseSchema, reply.bytes);
  assert.ok(user !== undefined);
  return user;
};
const createUser = async (user: UserV2, call = admin) =>
  userIn(await rpcs.createUser.handle({ user } as never, call));
const getUser = async (name: string, call: Call = admin, parts: object = {}) =>
  userIn(
    await rpcs.getUser.handle({ name, currentUser: false, withSecrets: false, ...parts } as never, call),
  );
const list = async (call: Call, parts: object = {}) => {
  const reply = await rpcs.listUsers.handle(
    { pageSize: 0, pageToken: "", withSecrets: false, ...parts } as never,
    call,
  );
  assert.ok(reply instanceof Encoded);
  const page = fromBinary(ListUsersResponseSchema, reply.bytes);
  return { names: page.users.map((user) => user.Metadata?.Name), next: page.nextPageToken };
};
const refused = (run: unknown, reason: Reason) =>
  assert.rejects(
    async () => run,
    (error) => error instanceof AppError && error.reason === reason,
  );

describe("users, written and read", () => {
  it("are stored complete, with who made them and their audit event", async () => {
    const made = await createUser(wire("alice", { Roles: ["dev", "dev", "later"] }));
    assert.deepEqual([made.Kind, made.Version, made.Metadata?.Namespace], ["user", "v2", "default"]);
    assert.deepEqual(made.Spec?.Roles, ["dev", "later"]);
    assert.equal(made.Spec?.CreatedBy?.User?.Name, "host.c");
    assert.equal(Number(made.Spec?.CreatedBy?.Time?.seconds) * 1000, testNow);
    assert.deepEqual(await getUser("alice"), made);
    const [entry] = written;
    assert.ok(entry !== undefined);
    const { event, code, name, roles, connector } = entry;
    assert.deepEqual(
      [event, code, name, roles, connector],
      ["user.create", "T1002I", "alice", ["dev", "later"], "local"],
    );
  });

  it("an update is conditional on the revision it carries, an older one on the user", async () => {
    await refused(rpcs.updateUser.handle({ user: wire("alice") } as never, admin), "NOT_FOUND");
    const made = await createUser(wire("alice"));
    await rpcs.updateUser.handle({ user: made } as never, admin);
    await refused(rpcs.updateUser.handle({ user: made } as never, admin), "COMPARE_FAILED");
    await older.updateUser.handle(wire("alice", { Roles: ["x"] }), admin);
    const now = await getUser("alice");
    assert.deepEqual(now.Spec?.Roles, ["x"]);
    assert.equal(now.Spec?.CreatedBy?.User?.Name, "host.c");
    assert.deepEqual([written.at(-1)?.event, written.at(-1)?.code], ["user.update", "T1003I"]);
    await refused(createUser(wire("alice")), "ALREADY_EXISTS");
  });

  it("an upsert writes whatever was there, and says which it was", async () => {
    await rpcs.upsertUser.handle({ user: wire("alice") } as never, admin);
    const stale = clone(UserV2Schema, await getUser("alice"));
    stale.Metadata!.Revision = "old";
    await rpcs.upsertUser.handle({ user: stale } as never, admin);
    assert.deepEqual(
      written.map((entry) => entry.event),
      ["user.create", "user.update"],
    );
  });

  it("threat 24: each act has its entry in its own commit", async () => {
    const made = await createUser(wire("alice"));
    await rpcs.updateUser.handle({ user: made } as never, admin);
    await rpcs.updateUser.handle({ user: wire("alice") } as never, admin);
    await rpcs.upsertUser.handle({ user: wire("alice") } as never, admin);
    await rpcs.upsertUser.handle({ user: wire("bob") } as never, admin);
    await rpcs.deleteUser.handle({ name: "bob" } as never, admin);
    const { items } = await backend.list({ prefix: prefix("audit"), limit: 10 });
    assert.deepEqual(
      items.map(({ value }) => JSON.parse(Buffer.from(value).toString()).code),
      ["T1002I", "T1003I", "T1003I", "T1003I", "T1002I", "T1004I"],
    );
  });

  it("times that Go sends unset are left out, secrets too", async () => {
    const zero = { seconds: -62135596800n, nanos: 0 };
    const made = await createUser(
      wire("alice", {
        Expires: zero,
        CreatedBy: { Time: zero },
        Status: { LockedTime: zero, LockExpires: zero },
        LocalAuth: { PasswordHash: new Uint8Array([1]) },
      }),
    );
    assert.equal(made.Spec?.Expires, undefined);
    assert.equal(made.Spec?.Status?.LockedTime, undefined);
    assert.equal(made.Spec?.LocalAuth, undefined);
    assert.equal(Number(made.Spec?.CreatedBy?.Time?.seconds) * 1000, testNow);
  });

  it("a deleted user is gone with their links", async () => {
    await createUser(wire("alice"));
    await createUser(wire("bob"));
    const mine = await tokens.createResetPasswordToken.handle(
      { Name: "alice", Type: "invite", TTL: 0n } as never,
      admin,
    );
    const theirs = await tokens.createResetPasswordToken.handle(
      { Name: "bob", Type: "invite", TTL: 0n } as never,
      admin,
    );
    await rpcs.deleteUser.handle({ name: "alice" } as never, admin);
    await refused(getUser("alice"), "NOT_FOUND");
    const token = (made: unknown) =>
      ({ TokenID: (made as { Metadata: { Name: string } }).Metadata.Name }) as never;
    await refused(tokens.getResetPasswordToken.handle(token(mine), admin), "NOT_FOUND");
    await tokens.getResetPasswordToken.handle(token(theirs), admin);
    assert.deepEqual([written.at(-1)?.event, written.at(-1)?.code], ["user.delete", "T1004I"]);
    await refused(rpcs.deleteUser.handle({ name: "alice" } as never, admin), "NOT_FOUND");
  });
});

describe("names", () => {
  const hostile = ["", " a", "a\n", "a\u0000b", "a\u200bb", "\u202eevil", "e\u0301", "..", "x".repeat(1001)];
  for (const name of [
    ...hostile,
    "Admin",
    "11111111-2222-3333-4444-555555555555.c",
    "11111111-2222-3333-4444-555555555555.C",
  ]) {
    it(`threat 20: ${JSON.stringify(name).slice(0, 60)} is refused`, async () => {
      await refused(createUser(wire(name)), "BAD_PARAMETER");
    });
  }

  it("threat 20: half a character is refused", () => {
    assert.throws(() => checkUserName("\ud800", "c"), AppError);
  });

  it("threat 20: case counts", async () => {
    await createUser(wire("alice"));
    await createUser(wire("Alice"));
    await refused(getUser("ALICE"), "NOT_FOUND");
    const own = callOf("alice");
    assert.equal((await getUser("alice", own)).Metadata?.Name, "alice");
    await refused(getUser("Alice", own), "ACCESS_DENIED");
  });

  it("threat 36: a name cannot climb out of its place", async () => {
    await createUser(wire("../../roles/admin"));
    assert.equal((await getUser("../../roles/admin")).Metadata?.Name, "../../roles/admin");
    assert.deepEqual((await list(admin)).names, ["../../roles/admin"]);
  });

  it("threat 16: nobody gets a system role as a role", async () => {
    for (const role of ["Admin", "Proxy", "Auth"])
      await refused(createUser(wire("eve", { Roles: [role] })), "BAD_PARAMETER");
  });

  it("threat 38: there are not roles without end", async () => {
    const roles = (count: number) => ({ Roles: Array.from({ length: count }, (_, index) => `r${index}`) });
    await createUser(wire("alice", roles(1000)));
    await refused(createUser(wire("bob", roles(1001))), "BAD_PARAMETER");
  });

  it("threat 38: traits have a largest size", async () => {
    const traits = (size: number) => ({ Traits: { Values: { team: { Values: ["x".repeat(size)] } } } });
    await createUser(wire("alice", traits(200_000)));
    await refused(createUser(wire("bob", traits(270_000))), "BAD_PARAMETER");
  });
});

describe("who may do what with users", () => {
  it("threat 13: nobody without a rule, whether the user is there or not", async () => {
    await createUser(wire("alice"));
    const call = callOf("mallory");
    for (const name of ["alice", "none"]) {
      await refused(getUser(name, call), "ACCESS_DENIED");
      await refused(older.getUser.handle({ Name: name, WithSecrets: false } as never, call), "ACCESS_DENIED");
      await refused(rpcs.deleteUser.handle({ name } as never, call), "ACCESS_DENIED");
      await refused(rpcs.updateUser.handle({ user: wire(name) } as never, call), "ACCESS_DENIED");
      await refused(rpcs.upsertUser.handle({ user: wire(name) } as never, call), "ACCESS_DENIED");
      await refused(rpcs.createUser.handle({ user: wire(name) } as never, call), "ACCESS_DENIED");
      await refused(
        tokens.createResetPasswordToken.handle({ Name: name, Type: "", TTL: 0n } as never, call),
        "ACCESS_DENIED",
      );
    }
    await refused(list(call), "ACCESS_DENIED");
  });

  it("threat 9: nobody without a rule has the users read through for a refusal", async (context) => {
    const read = context.mock.method(deps.users.resources, "list");
    await refused(list(callOf("mallory")), "ACCESS_DENIED");
    assert.deepEqual(await list(callOf("mallory"), { pageToken: "m" }), { names: [], next: "" });
    assert.equal(read.mock.callCount(), 0);
    await refused(
      list(callOf("ann", rule(["list", "read"], 'equals(resource.metadata.name, "x")'))),
      "ACCESS_DENIED",
    );
    assert.equal(read.mock.callCount(), 1);
  });

  it("everybody reads their own record, and nothing may change it by that", async () => {
    await createUser(wire("alice"));
    const call = callOf("alice");
    const own = await getUser("alice", call);
    assert.deepEqual(await getUser("", call, { currentUser: true }), own);
    const current = await older.getCurrentUser.handle({} as never, call);
    assert.ok(current instanceof Encoded);
    await refused(rpcs.updateUser.handle({ user: own } as never, call), "ACCESS_DENIED");
    await refused(getUser("", admin, { currentUser: true }), "BAD_PARAMETER");
  });

  it("who may create users reads them", async () => {
    await createUser(wire("alice"));
    assert.equal((await getUser("alice", callOf("hr", rule(["create"])))).Metadata?.Name, "alice");
  });

  it("nobody reads their own secrets, the local administrator included", async () => {
    await createUser(wire("alice"));
    for (const call of [callOf("alice"), admin]) {
      await refused(getUser("", call, { currentUser: true, withSecrets: true }), "BAD_PARAMETER");
      await refused(getUser("alice", call, { currentUser: true }), "BAD_PARAMETER");
    }
  });

  it("secrets are for the local administrator", async () => {
    await createUser(wire("alice"));
    const call = callOf("root", rule(["list", "read", "update", "create", "delete"]));
    await refused(getUser("alice", call, { withSecrets: true }), "ACCESS_DENIED");
    await refused(list(call, { withSecrets: true }), "ACCESS_DENIED");
    await getUser("alice", admin, { withSecrets: true });
  });

  it("a where limits what is listed and changed", async () => {
    for (const name of ["a", "b", "c"]) await createUser(wire(name, { Roles: [name] }));
    const call = callOf("x", rule(["list", "read", "update"], 'contains(resource.spec.roles, "b")'));
    assert.deepEqual((await list(call)).names, ["b"]);
    await refused(
      rpcs.updateUser.handle({ user: wire("a", { Roles: ["b"] }) } as never, call),
      "ACCESS_DENIED",
    );
  });
});

describe("listing users", () => {
  it("goes page by page with both generations of calls", async () => {
    const all = Array.from({ length: 12 }, (_, index) => `u${String(index).padStart(2, "0")}`);
    for (const name of all) await createUser(wire(name));
    const first = await list(admin, { pageSize: 5 });
    assert.deepEqual([first.names, first.next], [all.slice(0, 5), "u04"]);
    assert.deepEqual((await list(admin, { pageSize: 5, pageToken: "u09" })).names, ["u10", "u11"]);
    // A page that is larger than any is a full one, as clients ask for what they would like.
    assert.equal((await list(admin, { pageSize: 2 ** 31 - 1, pageToken: "u05" })).names.length, 6);
    const streamed: (string | undefined)[] = [];
    for await (const reply of older.getUsers.handle({ WithSecrets: false } as never, admin)) {
      assert.ok(reply instanceof Encoded);
      streamed.push(fromBinary(UserV2Schema, reply.bytes).Metadata?.Name);
    }
    assert.deepEqual(streamed, all);
    assert.deepEqual((await list(admin, { filter: { SearchKeywords: ["U07"] } })).names, ["u07"]);
  });

  it("names who holds a role", async () => {
    await createUser(wire("a", { Roles: ["dev"] }));
    await createUser(wire("b", { Roles: ["ops"] }));
    assert.deepEqual(await deps.users.holdersOf("ops"), ["b"]);
  });
});

describe("links to set a password", () => {
  const make = async (Name: string, Type: string, hours = 0) =>
    (await tokens.createResetPasswordToken.handle(
      { Name, Type, TTL: BigInt(hours) * 3_600_000_000_000n } as never,
      admin,
    )) as {
      Metadata: { Name: string; Expires: { seconds: bigint } };
      SubKind: string;
      Spec: { URL: string; User: string };
    };

  it("lead to the proxy, expire, and replace each other", async () => {
    await createUser(wire("alice"));
    const first = await make("alice", "invite");
    const second = await make("alice", "password");
    assert.match(first.Metadata.Name, /^[0-9a-f]{32}$/);
    assert.equal(first.Spec.URL, `https://proxy.example.com:443/web/invite/${first.Metadata.Name}`);
    assert.equal(second.Spec.URL, `https://proxy.example.com:443/web/reset/${second.Metadata.Name}`);
    assert.equal(Number(first.Metadata.Expires.seconds) * 1000, testNow + 3_600_000);
    assert.equal(Number(second.Metadata.Expires.seconds) * 1000, testNow + 8 * 3_600_000);
    await refused(
      tokens.getResetPasswordToken.handle({ TokenID: first.Metadata.Name } as never, admin),
      "NOT_FOUND",
    );
    await tokens.getResetPasswordToken.handle({ TokenID: second.Metadata.Name } as never, admin);
  });

  it("threat 23: the audit log never holds the token", async () => {
    await createUser(wire("alice"));
    const { Metadata } = await make("alice", "invite");
    assert.deepEqual(
      [written.at(-1)?.event, written.at(-1)?.code, written.at(-1)?.name, written.at(-1)?.ttl],
      ["reset_password_token.create", "T6000I", "alice", "1h0m0s"],
    );
    assert.ok(!JSON.stringify(written).includes(Metadata.Name));
  });

  it("are refused for too long, for nobody, for another purpose and for people of a connector", async () => {
    await createUser(wire("alice"));
    await createUser(wire("sso", { CreatedBy: { Connector: { ID: "okta" } } }));
    await refused(make("alice", "invite", 49), "BAD_PARAMETER");
    await refused(make("alice", "password", 25), "BAD_PARAMETER");
    await refused(make("alice", "password", -1), "BAD_PARAMETER");
    await refused(make("alice", "other"), "BAD_PARAMETER");
    await refused(make("sso", "password"), "BAD_PARAMETER");
    await refused(make("nobody", "password"), "NOT_FOUND");
  });
});
