import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ServedService } from "../../packages/server/src/rpc/index.ts";
import { dependencyList } from "./dependency-list.ts";
import { eventReference } from "./event-reference.ts";
import { table } from "./markdown.ts";
import { openReferenceCluster } from "./reference-cluster.ts";
import { rpcReference } from "./rpc-reference.ts";

test("a program's packages are those that Node would find from it, the nearest version of each", () => {
  const list = dependencyList(
    JSON.stringify({
      packages: {
        "packages/cli": { dependencies: { "@sallyport/api": "1", a: "1" } },
        "packages/api": { dependencies: { b: "2" } },
        "node_modules/@sallyport/api": { link: true, resolved: "packages/api" },
        "packages/api/node_modules/b": { version: "2.0.0" },
        "node_modules/a": { version: "1.0.0", dependencies: { b: "1" }, optionalDependencies: { none: "1" } },
        "node_modules/b": { version: "1.0.0", dependencies: { a: "1" } },
        "node_modules/dev-only": { version: "9.0.0" },
      },
    }),
  );
  const section = (title: string) => list.split("\n\n").find((part) => part.startsWith(title));
  assert.equal(section("tctl"), "tctl (packages/cli): 3\n  a 1.0.0\n  b 1.0.0\n  b 2.0.0");
  assert.equal(section("@sallyport/api"), "@sallyport/api, the SDK (packages/api): 1\n  b 2.0.0");
});

test("an audit event that a method promises and nothing writes is a mistake", () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-docs-"));
  try {
    writeFileSync(join(folder, "events.ts"), 'const a = { event: "lock.created", code: "TLK00I" };');
    writeFileSync(join(folder, "events.test.ts"), 'const b = { event: "lock.deleted", code: "TLK01I" };');
    const promising = (audit: string) =>
      [
        { service: { methods: [{ localName: "m", name: "M" }] }, table: { m: { audit: [audit] } } },
      ] as unknown;
    assert.match(
      eventReference(folder, promising("lock.created") as ServedService[]),
      /`lock.created` \| `TLK00I` \| `LockCreate` \| `M`/,
    );
    assert.throws(
      () => eventReference(folder, promising("lock.deleted") as ServedService[]),
      /lock\.deleted/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every method that is served is on its page, each with a word on who may call it", async () => {
  const cluster = await openReferenceCluster();
  try {
    const page = rpcReference(cluster);
    for (const { service } of cluster.services) {
      assert.ok(page.includes(`## ${service.typeName}\n`));
      for (const { name } of service.methods) {
        assert.match(page, new RegExp(`\\| \`${name}\`(?: \\(stream\\))? \\| \\S`), name);
      }
    }
  } finally {
    await cluster.close();
  }
});

test("a cell cannot break its table", () => {
  assert.equal(
    table(["a"], [["x|y\nz"]])
      .split("\n")
      .at(-1),
    "| x\\|y z |",
  );
});
