import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { connect, fromMemory } from "@sallyport/api/node";
import { startCluster } from "@sallyport/testkit";

/** Passes connections on, and breaks them all when told to. */
async function breakableProxy(address: string) {
  const [host = "", port] = address.split(":");
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection(Number(port), host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    close() {
      server.close();
      cut();
    },
  };
}

test("a watch over a network that breaks again and again gives every change once, in order", async () => {
  await using cluster = await startCluster();
  await cluster.addRole({
    metadata: { name: "watcher" },
    spec: { allow: { rules: [{ resources: ["lock"], verbs: ["list", "read"] }] } },
  });
  await cluster.addUser("bob", ["watcher"]);
  const proxy = await breakableProxy(cluster.address);
  const credentials = fromMemory(await cluster.credentials("bob"));
  await using bob = await connect({ address: proxy.address, credentials });
  const count = 200;
  const seen: string[] = [];
  let reconnects = 0;
  const write = async () => {
    for (let number = 0; number < count; number += 1) {
      await cluster.admin().locks.put({ name: `lock-${number}`, target: { User: "mallory" } });
      if (number % 20 === 10) proxy.cut();
    }
  };
  let writing: Promise<void> | undefined;
  for await (const event of bob.watch(["lock"], { onReconnect: () => (reconnects += 1) })) {
    if (event.type === "init") writing = write();
    else seen.push(event.type === "put" ? event.name : event.type);
    if (seen.length === count) break;
  }
  await writing;
  proxy.close();
  assert.deepEqual(
    seen,
    Array.from({ length: count }, (_, number) => `lock-${number}`),
  );
  assert.ok(reconnects >= 2, `${reconnects} reconnects`);
});

test("a lock ends the watch of whom it locks, with a reason and without reconnecting", async () => {
  await using cluster = await startCluster();
  await cluster.addRole({
    metadata: { name: "watcher" },
    spec: { allow: { rules: [{ resources: ["lock"], verbs: ["list", "read"] }] } },
  });
  await cluster.addUser("bob", ["watcher"]);
  await using bob = await connect({
    address: cluster.address,
    credentials: fromMemory(await cluster.credentials("bob")),
  });
  await assert.rejects(
    async () => {
      for await (const event of bob.watch(["lock"], {
        onReconnect: () => assert.fail("it connects again"),
      })) {
        if (event.type === "init") await cluster.admin().locks.put({ target: { User: "bob" } });
      }
    },
    { reason: "LOCKED" },
  );
});
