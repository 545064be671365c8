import assert from "node:assert/strict";
import { test } from "node:test";
import { Admin } from "../support/admin.ts";
import { startDaemon } from "../support/daemon.ts";
import { hasStatus } from "../support/wire-client.ts";

test("a graceful stop ends watches as Unavailable, which plugins take for come again", async () => {
  await using daemon = await startDaemon();
  const admin = new Admin(daemon);
  const watch = admin.client.stream("/proto.AuthService/WatchEvents", {
    Kinds: [{ Kind: "access_request" }],
  });
  const first = await watch.next(5_000);
  assert.ok(first?.WatchStatus);
  const ended = assert.rejects(watch.next(), hasStatus("UNAVAILABLE"));
  assert.equal(await daemon.stop(), 0);
  await ended;
  admin.close();
});

test("after a start on the same data the old credentials and resources are good", async () => {
  await using daemon = await startDaemon();
  const admin = new Admin(daemon);
  await admin.role("kept", { Logins: ["root"] });
  await admin.user("alice", ["kept"]);
  const before = await admin.client.call("/proto.AuthService/GetRole", { Name: "kept" });
  admin.close();
  assert.equal(await daemon.stop(), 0);

  const again = await startDaemon({ directory: daemon.directory });
  try {
    const later = new Admin(again);
    assert.deepEqual(await later.client.call("/proto.AuthService/GetRole", { Name: "kept" }), before);
    later.close();
  } finally {
    await again.stop();
  }
});
