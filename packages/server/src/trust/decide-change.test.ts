import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrustedCluster } from "./accept-trusted-cluster.ts";
import { decideChange } from "./decide-change.ts";

const stored: TrustedCluster = {
  name: "two.example",
  enabled: true,
  token: "t",
  address: "two.example:443",
  tunnelAddress: "two.example:3024",
  roles: ["guest"],
  roleMap: [],
};
const changes: [Partial<TrustedCluster>, string | undefined][] = [
  [{}, undefined],
  [{ enabled: false }, undefined],
  [{ roleMap: [{ remote: "*", local: ["ops"] }] }, undefined],
  [{ token: "" }, "token"],
  [{ address: "mallory.example:443" }, "web_proxy_addr"],
  [{ tunnelAddress: "mallory.example:3024" }, "tunnel_addr"],
  [{ roles: [] }, "roles"],
  [{ roles: ["guest", "ops"] }, "roles"],
];
for (const [change, field] of changes) {
  test(`threat 35: of a trusted cluster, ${JSON.stringify(change)} ${field ? "stays" : "may change"}`, () => {
    const verdict = decideChange(stored, { ...stored, ...change });
    assert.equal(verdict.allow ? undefined : verdict.field, field);
  });
}
