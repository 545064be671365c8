import assert from "node:assert/strict";
import { test } from "node:test";
import { openRooms, startBackgroundWork } from "./auth-rooms.ts";
import { authWatchSources, silentKinds } from "./auth-services.ts";
import { loadConfig } from "./config/index.ts";
import { systemClock } from "./kernel/clock.ts";
import { newRevision } from "./kernel/ids.ts";
import { createLifecycle } from "./kernel/lifecycle.ts";
import { silentLogger } from "./kernel/logger.ts";
import { type Backend, type Change, key, openBackend, type Revision } from "./storage/index.ts";
import { openWatchFeed } from "./watch/index.ts";

const STORED = 500;

/** A request that nobody can read: whoever looks at it at start fails. */
const storedRequest = (index: number): Change => ({
  op: "put",
  key: key("access_requests", `request-${index}`, "params"),
  value: Uint8Array.of(0xff),
  revision: newRevision<Revision>(),
  condition: { is: "any" },
});

/** How many items a start takes from storage. */
async function countReads(stored: Backend): Promise<number> {
  let read = 0;
  const backend: Backend = {
    get: async (path) => {
      read += 1;
      return stored.get(path);
    },
    list: async (range) => {
      const page = await stored.list(range);
      read += page.items.length;
      return page;
    },
    commit: (changes) => stored.commit(changes),
    watch: (options) => stored.watch(options),
    close: () => stored.close(),
  };
  const logger = silentLogger;
  const clock = systemClock;
  const lifecycle = createLifecycle({ logger, clock });
  const machine = { env: {}, uid: 1, home: "/nowhere", workingDir: "/nowhere" };
  const readFile = () => "version: v3\nauth_service:\n  cluster_name: test.example\n";
  const { config } = loadConfig({ configFile: "any.yaml" }, { machine, hostName: "localhost", readFile });
  const rooms = await openRooms({ backend, clock, logger, config, lifecycle });
  await startBackgroundWork(rooms);
  const feed = await openWatchFeed({ backend, clock, sources: authWatchSources(rooms), silentKinds });
  feed.close();
  await lifecycle.stop("the test is over");
  return read;
}

test("a start loads no access requests, however many are stored", async () => {
  const stored = await openBackend({ kind: "memory" });
  await countReads(stored);
  assert.ok((await countReads(stored)) > 0);
  const without = await countReads(stored);
  await stored.commit(Array.from({ length: STORED }, (_, index) => storedRequest(index)));
  assert.equal(await countReads(stored), without);
});

test("what tbot watches before it hands out an SVID can be watched, also while there is nothing of it", () => {
  assert.ok(silentKinds.some(({ kind }) => kind === "spiffe_federation"));
});
