import assert from "node:assert/strict";
import { test } from "node:test";
import { attributeTypes } from "./attribute-types.ts";

test("attributes have the names and kinds of the contract", () => {
  const some = {
    "user.name": "text",
    "user.is_bot": "boolean",
    "user.labels": "text map",
    "user.traits": "list map",
    "workload.unix.uid": "text",
    "workload.kubernetes.labels": "text map",
    "workload.kubernetes.container.image_digest": "text",
    "workload.systemd.service": "text",
    "join.meta.join_method": "text",
    "join.github.repository": "text",
    "join.kubernetes.service_account.namespace": "text",
    "join.circleci.context_ids": "list",
  };
  for (const [name, type] of Object.entries(some)) assert.equal(attributeTypes[name], type, name);
});

test("evidence for policies is no attribute", () => {
  assert.deepEqual(
    Object.keys(attributeTypes).filter((name) => name.includes("sigstore")),
    [],
  );
});
