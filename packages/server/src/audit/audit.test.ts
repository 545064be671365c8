import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { isAppError } from "@sallyport/api";
import fc from "fast-check";
import type { Clock } from "../kernel/clock.ts";
import { type Backend, openBackend, prefix } from "../storage/index.ts";
import { type AuditLog, type AuditPage, type AuditSearch, openAuditLog, searchLog } from "./index.ts";

const start = Date.UTC(2026, 0, 1);
let now: number;
let backend: Backend;
let log: AuditLog;
const clock: Clock = { now: () => now, after: () => () => {} };

beforeEach(async () => {
  now = start;
  backend = await openBackend({ kind: "memory", clock });
  log = openAuditLog({ backend, clock, clusterName: "test" });
});

const stored = async () => (await backend.list({ prefix: prefix("audit"), limit: 1000 })).items;
const find = (over: Partial<AuditSearch> = {}): Promise<AuditPage> =>
  searchLog(backend, {
    fromAt: 0,
    toAt: now,
    types: [],
    limit: 0,
    order: "ascending",
    startKey: "",
    ...over,
  });
const record = async (count: number, event = "user.create", everyMs = 1000) => {
  for (let i = 0; i < count; i++) {
    now += everyMs;
    await log.record({ event, code: "T1002I", name: `${event} ${i}` });
  }
};
const names = (page: AuditPage) => page.entries.map((entry) => entry.name);

describe("entries", () => {
  test("carry the fields that every event has, and cannot be passed off as another time or cluster", async () => {
    await log.record({
      event: "user.create",
      code: "T1002I",
      name: "alice",
      time: "x",
      uid: "y",
      cluster_name: "z",
    });
    const [entry] = (await find()).entries;
    assert.ok(entry);
    assert.match(entry.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.deepEqual(
      [entry.ei, entry.time, entry.cluster_name, entry.name],
      [0, "2026-01-01T00:00:00.000Z", "test", "alice"],
    );
  });

  test("are committed with their act or not at all", async () => {
    const change = log.change({ event: "user.create", code: "T1002I" });
    const act = { op: "check", key: change.key, condition: { is: "present" } } as const;
    const other = log.change({ event: "user.create", code: "T1002I" });
    assert.equal((await backend.commit([other, act])).ok, false);
    assert.equal((await stored()).length, 0);
    assert.equal((await backend.commit([change])).ok, true);
    assert.equal((await stored()).length, 1);
  });

  test("threat 23: a field that is named like a secret is never written", () => {
    for (const field of ["password", "private_key", "token", "Client-Secret", "credentials"]) {
      for (const entry of [{ [field]: "x" }, { identity: { [field]: "x" } }, { list: [{ [field]: "x" }] }]) {
        assert.throws(
          () => log.change({ event: "user.create", code: "T1002I", ...entry }),
          (error: unknown) => isAppError(error, "INTERNAL") && error.message.includes(field),
        );
      }
    }
    log.change({ event: "user.create", code: "T1002I", traits: { token: ["a label of somebody"] } });
    log.change({ event: "join_token.create", code: "TJT00I", token_name: "****1234" });
  });
});

describe("a clock that steps back", () => {
  test("a little: entries keep their order, and the log waits for it", async () => {
    await record(1);
    now -= 3000;
    await record(1, "role.created", 0);
    assert.deepEqual(names(await find({ toAt: now + 3000 })), ["user.create 0", "role.created 0"]);
  });

  test("far: entries follow it, so that a search up to now finds them", async () => {
    await record(1, "user.create", 3_600_000);
    now = start;
    await record(2, "role.created", 0);
    const { entries } = await find({ toAt: now });
    assert.deepEqual(
      entries.map((entry) => [entry.name, entry.time]),
      [
        ["role.created 0", "2026-01-01T00:00:00.000Z"],
        ["role.created 1", "2026-01-01T00:00:00.000Z"],
      ],
    );
  });
});

describe("search", () => {
  test("by time, both ends included, in both orders", async () => {
    await record(5);
    const range = { fromAt: start + 2000, toAt: start + 4000 };
    assert.deepEqual(names(await find(range)), ["user.create 1", "user.create 2", "user.create 3"]);
    assert.deepEqual(names(await find({ ...range, order: "descending" })), [
      "user.create 3",
      "user.create 2",
      "user.create 1",
    ]);
    assert.deepEqual(names(await find({ fromAt: start + 4001, toAt: start + 4999 })), []);
  });

  test("by type, exactly", async () => {
    await record(2);
    await record(2, "user.delete");
    assert.deepEqual(names(await find({ types: ["user.delete"] })), ["user.delete 0", "user.delete 1"]);
    assert.deepEqual(names(await find({ types: ["user"] })), []);
  });

  test("the default limit, the largest, and none larger", async () => {
    await record(520, "user.create", 1);
    assert.equal((await find()).entries.length, 500);
    assert.equal((await find({ limit: -1 })).entries.length, 500);
    assert.equal((await find({ limit: 10_000 })).entries.length, 520);
    await assert.rejects(find({ limit: 10_001 }), (error: unknown) => isAppError(error, "BAD_PARAMETER"));
  });

  test("a range that ends a day or more before it starts is refused, a shorter one is empty", async () => {
    const day = 86_400_000;
    await assert.rejects(find({ fromAt: start, toAt: start - day }), (error: unknown) =>
      isAppError(error, "BAD_PARAMETER"),
    );
    assert.deepEqual((await find({ fromAt: start, toAt: start - day + 1 })).entries, []);
  });

  test("any pages of any search together are the whole of it, once each, in order", async () => {
    await record(23, "user.create", 1);
    await record(20, "user.delete", 0);
    const types = fc.constantFrom([], ["user.create"], ["user.delete"]);
    const order = fc.constantFrom("ascending" as const, "descending" as const);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), types, order, async (limit, wanted, direction) => {
        const whole = names(await find({ types: wanted, order: direction }));
        const paged: unknown[] = [];
        let startKey = "";
        do {
          const page = await find({ types: wanted, order: direction, limit, startKey });
          assert.ok(page.entries.length <= limit);
          paged.push(...names(page));
          startKey = page.lastKey;
        } while (startKey !== "");
        assert.deepEqual(paged, whole);
      }),
      { numRuns: 40 },
    );
  });

  test("a page is about 1 MiB at most, and always moves on", async () => {
    const big = "x".repeat(700_000);
    for (let i = 0; i < 3; i++) await log.record({ event: "user.create", code: "T1002I", name: big });
    const first = await find();
    assert.equal(first.entries.length, 1);
    assert.equal((await find({ startKey: first.lastKey })).entries.length, 1);
  });

  test("hostile cursors are refused", async () => {
    for (const startKey of [
      "../../roles",
      "x",
      "/audit/log",
      "0".repeat(36),
      `${"0".repeat(8)}-${"0".repeat(27)}/x`,
    ]) {
      await assert.rejects(
        find({ startKey }),
        (error: unknown) => isAppError(error, "BAD_PARAMETER"),
        startKey,
      );
    }
  });

  test("a search whose reader has gone ends", async () => {
    await assert.rejects(find({ signal: AbortSignal.abort() }), (error: unknown) =>
      isAppError(error, "CANCELLED"),
    );
  });

  test("times beyond all clocks are no trouble", async () => {
    await record(1);
    for (const toAt of [2 ** 53, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      assert.equal((await find({ fromAt: -1e15, toAt })).entries.length, 1);
    }
  });
});
