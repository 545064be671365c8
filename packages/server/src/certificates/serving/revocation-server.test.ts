import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { startRevocationServer } from "./revocation-server.ts";

test("threat 9: one address has a part of the connections, and gets them back when it hangs up", async () => {
  const server = await startRevocationServer(
    {
      clock: new StoppedClock(),
      limits: { maxConnectionsPerIp: 2 },
      lists: {},
      revocations: {},
      logger: {},
    } as never,
    { host: "127.0.0.1", port: 0 },
  );
  const open = async (localAddress: string): Promise<Socket | undefined> => {
    const socket = connect({ host: "127.0.0.1", port: server.port, localAddress });
    await once(socket, "connect");
    socket.write("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    const [said] = await Promise.race([once(socket, "data"), once(socket, "close")]);
    return Buffer.isBuffer(said) ? socket : undefined;
  };
  const [first, second] = [await open("127.0.0.1"), await open("127.0.0.1")];
  assert.ok(first && second);
  assert.equal(await open("127.0.0.1"), undefined);
  const other = await open("127.0.0.2");
  assert.ok(other, "others are served");
  first.destroy();
  let again = await open("127.0.0.1");
  while (again === undefined) again = await open("127.0.0.1");
  for (const socket of [second, other, again]) socket.destroy();
  await server.stop();
});
