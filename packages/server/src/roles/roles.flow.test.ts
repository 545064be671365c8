import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { clone, create, fromBinary } from "@bufbuild/protobuf";
import { AppError, type Reason } from "@sallyport/api";
import { ListRolesResponseSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/authservice_pb.js";
import { type RoleV6, RoleV6Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import type { AuditEntry } from "../audit/index.ts";
import { type Call, Encoded } from "../rpc/index.ts";
import { fakeCall, fakeSystem, fakeUser } from "../rpc/testing/fake-call.ts";
import { type Backend, key, prefix } from "../storage/index.ts";
import { MemoryBackend } from "../storage/memory/memory-backend.ts";
import { builtinRole } from "./builtin-roles.ts";
import { newRole } from "./new-role.ts";
import { permissionsOf } from "./permissions.ts";
import { presetRoles } from "./preset-roles.ts";
import type { Rule } from "./role.ts";
import { roleRpcs } from "./rpc.ts";
import type { RoleDeps } from "./save-role.ts";
import { settlePresets } from "./settle-presets.ts";
import { createRoleStore, roleKey } from "./store.ts";

const rule = (verbs: string[], where = ""): Rule => ({ resources: ["role"], verbs, where, actions: [] });
const userWith = (name: string, held: string[], ...rules: Rule[]) =>
  fakeUser(
    name,
    held,
    permissionsOf([newRole("r", { allow: { rules } })], { name, roles: held, traits: {} }),
  );
const adminRole = builtinRole("Admin", "c");
const admin = fakeCall(
  fakeSystem(
    "host.c",
    ["Admin"],
    permissionsOf(adminRole ? [adminRole] : [], { name: "host.c", roles: [], traits: {} }),
  ),
);
const wire = (name: string, parts: object = {}): RoleV6 =>
  create(RoleV6Schema, { Metadata: { Name: name }, ...parts });

let backend: Backend;
let written: AuditEntry[];
let holders: readonly string[];
let deps: RoleDeps;
let rpcs: ReturnType<typeof roleRpcs>;

beforeEach(() => {
  backend = new MemoryBackend();
  written = [];
  holders = [];
  deps = {
    roles: createRoleStore(backend),
    holdersOf: async () => holders,
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
  rpcs = roleRpcs(deps);
});

const decode = (reply: unknown): RoleV6 => {
  assert.ok(reply instanceof Encoded);
  return fromBinary(RoleV6Schema, reply.bytes);
};
const get = async (name: string, call: Call = admin) =>
  decode(await rpcs.getRole.handle(request(name), call));
const request = (name: string) => ({ Name: name }) as never;
const createRole = async (role: RoleV6, call = admin) =>
  decode(await rpcs.createRole.handle({ Role: role } as never, call));
const names = async (call: Call, parts: object = {}) => {
  const reply = await rpcs.listRoles.handle({ Limit: 0, StartKey: "", ...parts } as never, call);
  assert.ok(reply instanceof Encoded);
  const page = fromBinary(ListRolesResponseSchema, reply.bytes);
  return { names: page.Roles.map((role) => role.Metadata?.Name), next: page.NextKey };
};
const refused = (run: Promise<unknown>, reason: Reason) =>
  assert.rejects(run, (error) => error instanceof AppError && error.reason === reason);

describe("roles, written and read", () => {
  it("are stored with defaults, a revision and their audit event, in one commit", async () => {
    const made = await createRole(wire("ops", { Version: "v3" }));
    assert.equal(made.Version, "v3");
    assert.notEqual(made.Metadata?.Revision, "");
    assert.equal(made.Metadata?.Namespace, "default");
    assert.equal((await backend.get(roleKey("ops")))?.revision, made.Metadata?.Revision);
    assert.deepEqual(
      written.map(({ event, code, name, user }) => ({ event, code, name, user })),
      [{ event: "role.created", code: "T9000I", name: "ops", user: "host.c" }],
    );
    assert.deepEqual(await get("ops"), made);
  });

  it("threat 24: each act has its entry in its own commit", async () => {
    const made = await createRole(wire("ops"));
    await rpcs.updateRole.handle({ Role: made } as never, admin);
    await rpcs.updateRole.handle({ Role: wire("ops") } as never, admin);
    await rpcs.upsertRoleV2.handle({ Role: wire("ops") } as never, admin);
    await rpcs.upsertRole.handle(wire("new"), admin);
    await rpcs.deleteRole.handle(request("ops"), admin);
    const { items } = await backend.list({ prefix: prefix("audit"), limit: 10 });
    assert.deepEqual(
      items.map(({ value }) => JSON.parse(Buffer.from(value).toString()).code),
      ["T9000I", "T9002I", "T9002I", "T9002I", "T9000I", "T9001I"],
    );
  });

  it("a second create is refused", async () => {
    await createRole(wire("ops"));
    await refused(createRole(wire("ops")), "ALREADY_EXISTS");
  });

  it("an update with a revision is conditional on it, without one it needs the role", async () => {
    await refused(
      rpcs.updateRole.handle({ Role: wire("ops") } as never, admin) as Promise<unknown>,
      "NOT_FOUND",
    );
    const made = await createRole(wire("ops"));
    const next = decode(await rpcs.updateRole.handle({ Role: made } as never, admin));
    assert.notEqual(next.Metadata?.Revision, made.Metadata?.Revision);
    await refused(
      rpcs.updateRole.handle({ Role: made } as never, admin) as Promise<unknown>,
      "COMPARE_FAILED",
    );
    await rpcs.updateRole.handle({ Role: wire("ops") } as never, admin);
    assert.deepEqual(written.at(-1)?.event, "role.updated");
  });

  it("an upsert ignores the revision it is sent", async () => {
    const made = await createRole(wire("ops"));
    const stale = clone(RoleV6Schema, made);
    stale.Metadata!.Revision = "old";
    const again = decode(await rpcs.upsertRoleV2.handle({ Role: stale } as never, admin));
    assert.notEqual(again.Metadata?.Revision, "old");
    await rpcs.upsertRole.handle(wire("other"), admin);
    assert.equal((await get("other")).Version, "v8");
  });

  it("threat 14: a role that does not parse is refused at write", async () => {
    const bad = wire("ops", {
      Spec: { Allow: { Rules: [{ Resources: ["role"], Verbs: ["read"], Where: "((" }] } },
    });
    for (const run of [rpcs.createRole, rpcs.updateRole, rpcs.upsertRoleV2]) {
      await refused(Promise.resolve(run.handle({ Role: bad } as never, admin)), "BAD_PARAMETER");
    }
    assert.equal(await backend.get(roleKey("ops")), undefined);
  });

  it("a role in use cannot be deleted, and says by whom", async () => {
    await createRole(wire("ops"));
    holders = ["alice"];
    await assert.rejects(
      rpcs.deleteRole.handle(request("ops"), admin) as Promise<unknown>,
      /in use by alice/,
    );
    holders = [];
    await rpcs.deleteRole.handle(request("ops"), admin);
    await refused(get("ops"), "NOT_FOUND");
    assert.equal(written.at(-1)?.code, "T9001I");
  });

  it("threat 12: who may not delete a role does not learn who holds it", async () => {
    await createRole(wire("ops"));
    holders = ["alice"];
    const call = fakeCall(userWith("mallory", [], rule(["delete"], 'resource.metadata.name == "other"')));
    await refused(rpcs.deleteRole.handle(request("ops"), call) as Promise<unknown>, "ACCESS_DENIED");
  });

  it("an older reader gets a role it understands", async () => {
    await createRole(wire("ops", { Version: "v8" }));
    const call = fakeCall(admin.caller, { clientVersion: "16.4.0" });
    const older = await get("ops", call);
    assert.equal(older.Version, "v7");
    await refused(
      Promise.resolve(rpcs.upsertRoleV2.handle({ Role: older } as never, admin)),
      "BAD_PARAMETER",
    );
    await refused(get("ops", fakeCall(admin.caller, { clientVersion: "new" })), "BAD_PARAMETER");
  });
});

describe("who may do what with roles", () => {
  it("threat 13: nobody without a rule", async () => {
    await createRole(wire("ops"));
    const call = fakeCall(userWith("mallory", []));
    const runs = [
      rpcs.getRole.handle(request("ops"), call),
      rpcs.listRoles.handle({ Limit: 0, StartKey: "" } as never, call),
      rpcs.getRoles.handle({} as never, call),
      rpcs.createRole.handle({ Role: wire("new") } as never, call),
      rpcs.updateRole.handle({ Role: wire("ops") } as never, call),
      rpcs.upsertRoleV2.handle({ Role: wire("ops") } as never, call),
      rpcs.upsertRole.handle(wire("ops"), call),
      rpcs.deleteRole.handle(request("ops"), call),
    ];
    for (const run of runs) await refused(Promise.resolve(run), "ACCESS_DENIED");
  });

  it("threat 9: nobody without a rule has the roles read through for a refusal", async (context) => {
    const read = context.mock.method(deps.roles.resources, "list");
    const call = fakeCall(userWith("mallory", []));
    await refused(names(call), "ACCESS_DENIED");
    assert.deepEqual(await names(call, { StartKey: "m" }), { names: [], next: "" });
    assert.equal(read.mock.callCount(), 0);
  });

  it("what may not be read looks the same whether it is there or not", async () => {
    await createRole(wire("ops"));
    const call = fakeCall(userWith("mallory", []));
    await refused(get("ops", call), "ACCESS_DENIED");
    await refused(get("none", call), "ACCESS_DENIED");
  });

  it("people read the roles they hold", async () => {
    await createRole(wire("ops"));
    const call = fakeCall(userWith("alice", ["ops", "gone"]));
    assert.equal((await get("ops", call)).Metadata?.Name, "ops");
    const mine: string[] = [];
    for await (const reply of rpcs.getCurrentUserRoles.handle({} as never, call))
      mine.push(decode(reply).Metadata?.Name ?? "");
    assert.deepEqual(mine, ["ops"]);
  });

  it("a where limits reading, and writing both before and after", async () => {
    for (const name of ["a", "b", "c"]) await createRole(wire(name));
    const onlyB = 'equals(resource.metadata.name, "b")';
    const call = fakeCall(userWith("alice", [], rule(["list", "read", "update"], onlyB)));
    assert.deepEqual((await names(call)).names, ["b"]);
    await rpcs.updateRole.handle({ Role: wire("b") } as never, call);
    await refused(
      Promise.resolve(rpcs.updateRole.handle({ Role: wire("a") } as never, call)),
      "ACCESS_DENIED",
    );

    const dev = (name: string, team: string) => wire(name, { Metadata: { Name: name, Labels: { team } } });
    await createRole(dev("theirs", "blue"));
    const red = fakeCall(
      userWith("bob", [], rule(["update"], 'equals(resource.metadata.labels["team"], "red")')),
    );
    await refused(
      Promise.resolve(rpcs.updateRole.handle({ Role: dev("theirs", "red") } as never, red)),
      "ACCESS_DENIED",
    );
  });
});

describe("listing roles", () => {
  it("goes page by page, in order, with nothing lost", async () => {
    const all = Array.from({ length: 25 }, (_, index) => `role-${String(index).padStart(2, "0")}`);
    for (const name of all) await createRole(wire(name));
    const seen: (string | undefined)[] = [];
    let next = "";
    do {
      const page = await names(admin, { Limit: 10, StartKey: next });
      assert.ok(page.names.length <= 10);
      seen.push(...page.names);
      next = page.next;
    } while (next !== "");
    assert.deepEqual(seen, all);
  });

  it("ends a listing that is narrowed by a rule with an empty page, not with a refusal", async () => {
    for (const name of ["a", "b", "c", "d"]) await createRole(wire(name));
    const narrow = fakeCall(
      userWith("ann", [], rule(["list", "read"], 'equals(resource.metadata.name, "a")')),
    );
    assert.deepEqual((await names(narrow, { Limit: 1 })).names, ["a"]);
    assert.deepEqual(await names(narrow, { Limit: 1, StartKey: "a" }), { names: [], next: "" });
  });

  it("filters by words and leaves out system roles", async () => {
    await createRole(wire("ops", { Metadata: { Name: "ops", Description: "Runs the Ship" } }));
    const labels = { "teleport.internal/resource-type": "system" };
    await createRole(wire("sys", { Metadata: { Name: "sys", Labels: labels } }));
    assert.deepEqual((await names(admin, { Filter: { SearchKeywords: ["ship", "OPS"] } })).names, ["ops"]);
    assert.deepEqual((await names(admin, { Filter: { SearchKeywords: [], SkipSystemRoles: true } })).names, [
      "ops",
    ]);
    await refused(names(admin, { Limit: 20_000 }), "BAD_PARAMETER");
  });

  it("threat 38: an answer stays below what clients accept", async () => {
    const Description = "x".repeat(900_000);
    for (const name of ["a", "b", "c", "d", "e"])
      await createRole(wire(name, { Metadata: { Name: name, Description } }));
    const first = await names(admin);
    assert.deepEqual([first.names, first.next], [["a", "b", "c"], "c"]);
    await assert.rejects(
      Promise.resolve(rpcs.getRoles.handle({} as never, admin)),
      (error) =>
        error instanceof AppError &&
        error.reason === "ANSWER_TOO_LARGE" &&
        /page by page with ListRoles/.test(error.message),
    );
    assert.deepEqual((await names(admin, { StartKey: first.next })).names, ["d", "e"]);
  });
});

describe("settlePresets", () => {
  it("makes the presets once, and gives back default rules that are missing", async () => {
    await settlePresets(deps.roles);
    const revision = async (name: string) => (await deps.roles.get(name))?.revision;
    const before = await revision("editor");
    await settlePresets(deps.roles);
    assert.equal(await revision("editor"), before);
    assert.deepEqual((await names(admin)).names, presetRoles.map((role) => role.name).sort());

    const auditor = decode(await rpcs.getRole.handle(request("auditor"), admin));
    auditor.Spec!.Allow!.Rules = auditor.Spec!.Allow!.Rules.filter((one) => one.Resources[0] !== "event");
    await rpcs.upsertRoleV2.handle({ Role: auditor } as never, admin);
    await settlePresets(deps.roles);
    const kinds = (await deps.roles.get("auditor"))?.allow.rules.flatMap((one) => one.resources);
    assert.ok(kinds?.includes("event"));
  });

  it("leaves alone what an administrator decided", async () => {
    await createRole(wire("auditor"));
    await settlePresets(deps.roles);
    assert.deepEqual((await deps.roles.get("auditor"))?.allow.rules, []);
  });
});

describe("a stored role that does not parse", () => {
  it("threat 14: never stops a start, allows nothing and denies everything", async () => {
    const broken = wire("broken", {
      Spec: {
        Allow: { Rules: [{ Resources: ["user"], Verbs: ["read"], Where: "((" }] },
        Deny: { Rules: [{ Resources: ["lock"], Verbs: ["read"], Where: "((" }] },
      },
    });
    await deps.roles.resources.create(broken);
    await settlePresets(deps.roles);
    const role = await deps.roles.get("broken");
    assert.ok(role !== undefined);
    const all = newRole("all", {
      allow: { rules: [{ resources: ["*"], verbs: ["*"], where: "", actions: [] }] },
    });
    const permissions = permissionsOf([role], { name: "a", roles: [], traits: {} });
    assert.equal(permissions.check("user", ["read"]).allow, false);
    assert.equal(
      permissionsOf([role, all], { name: "a", roles: [], traits: {} }).check("lock", ["create"]).allow,
      false,
    );
    assert.equal(
      permissionsOf([role, all], { name: "a", roles: [], traits: {} }).check("user", ["read"]).allow,
      true,
    );
  });
});
