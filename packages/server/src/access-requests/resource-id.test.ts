import assert from "node:assert/strict";
import { test } from "node:test";
import { formatResourceId, isRequestableKind, parseResourceId } from "./resource-id.ts";

const table = [
  ["/c/node/a1b2", { cluster: "c", kind: "node", name: "a1b2", subResource: "" }],
  ["/c/db/with/slash", { cluster: "c", kind: "db", name: "with/slash", subResource: "" }],
  ["/c/pod/kube/ns/web-0", { cluster: "c", kind: "pod", name: "kube", subResource: "ns/web-0" }],
  ["/c/pod/a/b/ns/web-0", { cluster: "c", kind: "pod", name: "a/b", subResource: "ns/web-0" }],
  ["/c/namespace/kube/prod", { cluster: "c", kind: "namespace", name: "kube", subResource: "prod" }],
  ["//node/n", { cluster: "", kind: "node", name: "n", subResource: "" }],
] as const;

for (const [text, id] of table) {
  test(`${text} is read and written back`, () => {
    assert.deepEqual(parseResourceId(text), id);
    assert.equal(formatResourceId(id), text);
  });
}

for (const text of [
  "",
  "c/node/n",
  "/c/node",
  "/c/node/",
  "/c",
  "/c/pod/kube",
  "/c/pod/ns/pod",
  "/c/namespace/x",
]) {
  test(`${JSON.stringify(text)} is not a resource id`, () => {
    assert.equal(parseResourceId(text), undefined);
  });
}

test("only known kinds can be requested", () => {
  assert.ok(isRequestableKind("node"));
  assert.ok(isRequestableKind("kube_role"));
  assert.ok(!isRequestableKind("role"));
  assert.ok(!isRequestableKind("__proto__"));
});
