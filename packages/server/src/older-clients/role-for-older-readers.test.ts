import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { RoleV6Schema } from "@sallyport/api/gen/teleport/legacy/types/types_pb";
import { roleForOlderReaders } from "./role-for-older-readers.ts";

const DOWNGRADED = "teleport.internal/downgraded";
const role = (Version: string, allow: readonly string[] = [], deny: readonly string[] = []) =>
  create(RoleV6Schema, {
    Version,
    Metadata: { Name: "one" },
    Spec: {
      Allow: { Rules: allow.map((Where) => ({ Resources: ["session"], Verbs: ["read"], Where })) },
      Deny: { Rules: deny.map((Where) => ({ Resources: ["session"], Verbs: ["read"], Where })) },
    },
  });

test("a role of the reader's own version is not touched", () => {
  const own = role("v3", ["", 'equals(resource.metadata.name, "session.x")']);
  assert.equal(roleForOlderReaders(own), own);
});

test("a newer one is shown as v3, and says that it is a copy", () => {
  const newer = role("v7");
  const copy = roleForOlderReaders(newer);
  assert.equal(copy.Version, "v3");
  assert.equal(copy.Metadata?.Labels[DOWNGRADED], "role version v7");
  assert.equal(newer.Version, "v7");
});

test("threat 12: an allowance with a condition that cannot be said is left out, a denial loses the condition", () => {
  const strange = 'contains(session.participants, user.metadata.name) && equals(1, "user")';
  const { Spec, Metadata } = roleForOlderReaders(role("v3", [strange, ""], [strange]));
  assert.deepEqual(
    Spec?.Allow?.Rules.map(({ Where }) => Where),
    [""],
  );
  assert.deepEqual(
    Spec?.Deny?.Rules.map(({ Where }) => Where),
    [""],
  );
  assert.ok(Metadata !== undefined && DOWNGRADED in Metadata.Labels);
});
