import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestState } from "@sallyport/api";
import { startCluster } from "@sallyport/testkit";

test("my plugin approves requests for staging", async () => {
  await using cluster = await startCluster();
  await cluster.addRole({ metadata: { name: "staging" }, spec: { allow: { logins: ["deploy"] } } });
  await cluster.addRole({
    metadata: { name: "developer" },
    spec: { allow: { request: { roles: ["staging"] } } },
  });
  await cluster.addRole({
    metadata: { name: "plugin" },
    spec: { allow: { rules: [{ resources: ["access_request"], verbs: ["list", "read", "update"] }] } },
  });
  await cluster.addUser("alice", ["developer"]);
  await cluster.addUser("my-plugin", ["plugin"]);

  // Credentials go to a plugin as texts (fromMemory), or written to the three files that it reads.
  const plugin = await cluster.connect(await cluster.credentials("my-plugin"));
  const alice = await cluster.connect(await cluster.credentials("alice"));

  const { Metadata } = await alice.accessRequests.create({ user: "alice", roles: ["staging"] });
  const id = Metadata?.Name ?? "";
  for await (const request of plugin.accessRequests.list({ state: "PENDING" })) {
    await plugin.accessRequests.approve(request.Metadata?.Name ?? "", { reason: "staging is for all" });
  }

  assert.equal((await plugin.accessRequests.get(id)).Spec?.State, RequestState.APPROVED);
  // What the request lent ends with it: 12 hours pass in no time.
  const raised = await cluster.credentials("alice", { accessRequests: [id] });
  assert.ok(raised.cert.startsWith("-----BEGIN CERTIFICATE-----"));
  cluster.clock.advance(12 * 60 * 60 * 1000);
});
