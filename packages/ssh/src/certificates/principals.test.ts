import assert from "node:assert/strict";
import { test } from "node:test";
import { isPrincipal } from "./principals.ts";

test("accounts of a Windows domain are principals: a dollar sign ends the name of a machine and stands nowhere else", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["CORP\\alice", true],
    ["pc1$", true],
    ["$", false],
    ["$pc1", false],
    ["p$c", false],
    ["pc1$$", false],
    ["pc1$\n", false],
    ["x".repeat(255), true],
    [`${"x".repeat(254)}$`, true],
    ["x".repeat(256), false],
  ];
  for (const [name, is] of cases) assert.equal(isPrincipal(name, "user"), is, name);
  assert.equal(isPrincipal("pc1$", "host"), false);
});
