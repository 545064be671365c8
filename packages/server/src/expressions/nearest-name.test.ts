import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nearestName } from "./index.ts";

describe("nearestName", () => {
  const known = ["access_request", "role", "user", "lock"];
  for (const [name, expected] of [
    ["acces_request", "access_request"],
    ["Role", "role"],
    ["usre", "user"],
    ["zebra", undefined],
    ["", undefined],
    ["x".repeat(100_000), undefined],
  ] as const) {
    it(`${name.slice(0, 20)} → ${expected}`, () => assert.equal(nearestName(name, known), expected));
  }
});
