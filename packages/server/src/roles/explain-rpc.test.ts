import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { AppError, type Reason } from "@sallyport/api";
import { ExplainAccessRequestSchema } from "@sallyport/api/gen/sallyport/access/v1/access_explain_service_pb.js";
import { fakeCall, fakeUser } from "../rpc/testing/fake-call.ts";
import { MemoryBackend } from "../storage/memory/memory-backend.ts";
import { accessExplainRpcs } from "./explain-rpc.ts";
import { newRole } from "./new-role.ts";
import { permissionsOf } from "./permissions.ts";
import type { Rule } from "./role.ts";
import { createRoleStore } from "./store.ts";
import { writeRole } from "./wire/write-role.ts";

const rule = (kind: string, verbs: string[], where = ""): Rule => ({
  resources: [kind],
  verbs,
  where,
  actions: [],
});
const helpdesk = newRole("helpdesk", {
  allow: { rules: [rule("lock", ["read"]), rule("user", ["read"], 'equals(resource.metadata.name, "bob")')] },
  deny: { rules: [rule("user", ["delete"])] },
});

async function setUp() {
  const roles = createRoleStore(new MemoryBackend());
  await roles.resources.create(writeRole(helpdesk));
  const rpcs = accessExplainRpcs({
    roles,
    userOf: async (name) => (name === "alice" ? { roles: ["helpdesk", "gone"], traits: {} } : undefined),
    subjectOf: async (kind, name) => (name === "none" ? undefined : { kind, metadata: { name } }),
    checkResource: async () => undefined,
  });
  const call = (name: string, ...rules: Rule[]) =>
    fakeCall(
      fakeUser(
        name,
        [],
        permissionsOf([newRole("r", { allow: { rules } })], { name, roles: [], traits: {} }),
      ),
    );
  const ask = async (question: object, caller = call("alice")) => {
    const request = create(ExplainAccessRequestSchema, { user: "alice", ...question });
    const reply = await rpcs.explainAccess.handle(request, caller);
    assert.ok("considered" in reply);
    return reply;
  };
  return { ask, call };
}

const refused = (run: Promise<unknown>, reason: Reason) =>
  assert.rejects(run, (error) => error instanceof AppError && error.reason === reason);

describe("ExplainAccess", () => {
  it("names the role and the rule that allow", async () => {
    const { ask } = await setUp();
    const reply = await ask({ verb: "read", kind: "lock" });
    assert.deepEqual([reply.allowed, reply.role, reply.rule], [true, "helpdesk", "spec.allow.rules[0]"]);
  });

  it("names the rule that denies", async () => {
    const { ask } = await setUp();
    const reply = await ask({ verb: "delete", kind: "user" });
    assert.deepEqual([reply.allowed, reply.explicitDeny, reply.rule], [false, true, "spec.deny.rules[0]"]);
  });

  it("shows what was looked at where nothing decides, and decides on one resource", async () => {
    const { ask } = await setUp();
    const eve = await ask({ verb: "read", kind: "user", name: "eve" });
    assert.deepEqual([eve.allowed, eve.explicitDeny, eve.role], [false, false, ""]);
    assert.deepEqual(
      eve.considered?.map((one) => one.rule),
      ["spec.deny.rules[0]", "spec.allow.rules[1]"],
    );
    assert.equal((await ask({ verb: "read", kind: "user", name: "bob" })).allowed, true);
    const { call } = await setUp();
    const reader = call("alice", rule("user", ["read"]));
    await refused(ask({ verb: "read", kind: "user", name: "none" }, reader), "NOT_FOUND");
  });

  it("threat 12: who may not read a resource does not learn whether it is there", async () => {
    const { ask } = await setUp();
    const [there, absent] = [await ask({ verb: "read", kind: "token", name: "a" }), "none"];
    assert.deepEqual(await ask({ verb: "read", kind: "token", name: absent }), there);
  });

  it("the implicit role counts", async () => {
    const { ask } = await setUp();
    assert.equal((await ask({ verb: "list", kind: "node" })).role, "default-implicit-role");
  });

  it("threat 13: others need read on users and roles", async () => {
    const { ask, call } = await setUp();
    const question = { verb: "read", kind: "lock" };
    await refused(ask(question, call("mallory")), "ACCESS_DENIED");
    await refused(ask(question, call("half", rule("user", ["read"]))), "ACCESS_DENIED");
    assert.equal(
      (await ask(question, call("root", rule("user", ["read"]), rule("role", ["read"])))).allowed,
      true,
    );
  });

  it("refuses what is no question", async () => {
    const { ask } = await setUp();
    await assert.rejects(ask({ verb: "reed", kind: "lock" }), /did you mean read/);
    await refused(ask({ verb: "read", kind: "" }), "BAD_PARAMETER");
    const { call } = await setUp();
    const root = call("root", rule("user", ["read"]), rule("role", ["read"]));
    await refused(ask({ user: "nobody", verb: "read", kind: "lock" }, root), "NOT_FOUND");
  });
});
