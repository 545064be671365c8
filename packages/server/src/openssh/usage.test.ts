import assert from "node:assert/strict";
import { test } from "node:test";
import { setupClientUsage } from "./client/setup-client-command.ts";
import { renewHostUsage } from "./host/renew-host-command.ts";
import { setupHostUsage } from "./host/setup-host-command.ts";
import { fetchKrlUsage } from "./krl/fetch-krl-command.ts";

test("each command says what it is for, what it takes, and shows lines to copy", () => {
  for (const usage of [setupHostUsage, renewHostUsage, setupClientUsage, fetchKrlUsage]) {
    const [first = "", ...rest] = usage.split("\n");
    const command = first.slice(0, first.indexOf(":"));
    const examples = rest.slice(rest.indexOf("Examples:") + 1).filter((line) => line !== "");
    assert.ok(rest.includes("Examples:") && examples.length > 1, command);
    for (const line of examples) {
      assert.ok(line.startsWith(`  ${command} --`), line);
      const options = [...line.matchAll(/--[a-z-]+/g)].map(([option]) => option);
      for (const option of options) assert.ok(usage.indexOf(option) < usage.indexOf("Examples:"), option);
    }
  }
});
