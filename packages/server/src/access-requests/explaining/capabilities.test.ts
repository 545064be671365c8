import assert from "node:assert/strict";
import { test } from "node:test";
import { newRole, type Role } from "../../roles/index.ts";
import { askingRole, catalogueOf, requesterWith } from "../testing/examples.ts";
import { type CapabilitiesWish, describeCapabilities } from "./capabilities.ts";

const node = { cluster: "here", kind: "node", name: "n1", subResource: "" };
const resources = {
  allows: (role: Role, id: { name: string }) => role.name === "node-rw" && id.name === "n1",
  countLogins: () => 1,
};

function describe(roles: readonly Role[], wish: Partial<CapabilitiesWish>) {
  const names = ["dev", "ops", "admin", "node-rw", "node-ro"];
  return describeCapabilities({
    wish: {
      requestableRoles: false,
      suggestedReviewers: false,
      resourceIds: [],
      login: "",
      filterByResource: false,
      ...wish,
    },
    requester: requesterWith(roles),
    catalogue: catalogueOf(...names.map((name) => newRole(name))),
    resources,
    clusterName: "here",
  });
}

const asks = askingRole("asks", {
  allow: {
    roles: ["dev", "ops", "node-*"],
    suggestedReviewers: ["bob"],
    searchAsRoles: ["node-rw", "node-ro"],
  },
  options: { requestPrompt: "Ticket?", requestAccess: "always" },
});

test("what is not asked for is left empty", () => {
  assert.deepEqual(describe([asks], {}), {
    requestableRoles: [],
    suggestedReviewers: [],
    applicableRoles: [],
    requestPrompt: "Ticket?",
    requireReason: false,
    autoRequest: true,
  });
});

test("requestable roles are those not held, optionally those that open the resources", () => {
  const held = [asks, newRole("ops")];
  const all = describe(held, { requestableRoles: true, suggestedReviewers: true });
  assert.ok(!("allow" in all));
  assert.deepEqual(all.requestableRoles, ["dev", "node-ro", "node-rw"]);
  assert.deepEqual(all.suggestedReviewers, ["bob"]);
  const wish = { requestableRoles: true, filterByResource: true, resourceIds: [node] };
  const opening = describe(held, wish);
  assert.ok(!("allow" in opening));
  assert.deepEqual(opening.requestableRoles, ["node-rw"]);
  assert.deepEqual(opening.applicableRoles, []);
  const elsewhere = describe(held, { ...wish, resourceIds: [{ ...node, cluster: "there" }] });
  assert.ok(!("allow" in elsewhere));
  assert.equal(elsewhere.requestableRoles.length, 3);
});

test("applicable roles are those that open the resources, and refused where nothing can be searched", () => {
  const found = describe([asks], { resourceIds: [node] });
  assert.ok(!("allow" in found));
  assert.deepEqual(found.applicableRoles, ["node-rw"]);
  const refused = describe([newRole("plain")], { resourceIds: [node] });
  assert.ok("allow" in refused && refused.reason === "ACCESS_DENIED");
});

test("a reason is required if it is for one of the listed roles", () => {
  const strict = askingRole("strict", { allow: { roles: ["admin"], reasonMode: "required" } });
  const lenient = askingRole("lenient", { allow: { roles: ["dev"] } });
  const both = describe([strict, lenient], { requestableRoles: true });
  assert.ok(!("allow" in both) && both.requireReason);
  const one = describe([lenient], { requestableRoles: true });
  assert.ok(!("allow" in one) && !one.requireReason);
});
