import assert from "node:assert/strict";
import { AUDIT_PREFIX, type Cursor, cursorAt, key, prefix } from "@sallyport/server/storage";
import {
  absent,
  commit,
  contractTest,
  del,
  everything,
  type NewPlace,
  present,
  put,
  record,
  refused,
  text,
  until,
  words,
} from "./subject.ts";

const A = key("room", "a");
const B = key("room", "b");

export function watchTests(newPlace: NewPlace): void {
  contractTest("a watch sees every change in order, with what was before", newPlace, async ({ backend }) => {
    await commit(backend, put(A, "0"));
    const seen = await record(backend);
    await commit(backend, put(A, "1"), put(B, "1"));
    await commit(backend, del(A), del(key("room", "not there")));
    await commit(backend, put(A, "2"));
    assert.deepEqual(seen.changes.map(words), [
      "put /room/a 1 (was 0)",
      "put /room/b 1",
      "delete /room/a (was 1)",
      "put /room/a 2",
    ]);
    const sequences = seen.changes.map((change) => change.sequence);
    assert.deepEqual(
      sequences,
      sequences.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(sequences).size, sequences.length);
    assert.equal(seen.changes[0]?.item?.revision, seen.changes[2]?.previous?.revision);
  });

  contractTest("a refused commit is not seen", newPlace, async ({ backend }) => {
    const seen = await record(backend);
    await refused(backend, put(A, "1"), put(B, "1", present));
    await commit(backend, put(A, "2"));
    assert.deepEqual(seen.changes.map(words), ["put /room/a 2"]);
  });

  contractTest("a watch sees its prefixes only", newPlace, async ({ backend }) => {
    const seen = await record(backend, { prefixes: [prefix("room"), prefix("hall")] });
    await commit(backend, put(A, "1"), put(key("room2", "a"), "1"), put(key("room"), "1"));
    await commit(backend, put(key("garden", "a"), "1"));
    await commit(backend, put(key("hall", "a"), "1"));
    assert.deepEqual(seen.changes.map(words), ["put /room/a 1", "put /hall/a 1"]);
  });

  contractTest("changes are published before the committer is answered", newPlace, async ({ backend }) => {
    let seen = 0;
    let early: string | undefined;
    await backend.watch({
      prefixes: [everything],
      onChanges: (changes) => {
        seen += changes.length;
      },
    });
    const commits = Array.from({ length: 200 }, (_, index) =>
      commit(backend, put(key("room", String(index)), "x")).then(() => {
        if (seen <= index) early = `commit ${index} was answered when ${seen} changes were published`;
      }),
    );
    await Promise.all(commits);
    assert.equal(early, undefined);
  });

  contractTest("a watcher reads what it is told", newPlace, async ({ backend }) => {
    const reads: Promise<string>[] = [];
    await backend.watch({
      prefixes: [everything],
      onChanges: (changes) => {
        for (const { key: path, item } of changes) {
          reads.push(backend.get(path).then((read) => `${text(item)}=${text(read)}`));
        }
      },
    });
    for (const value of ["1", "2", "3"]) await commit(backend, put(A, value));
    assert.deepEqual(await Promise.all(reads), ["1=1", "2=2", "3=3"]);
  });

  contractTest(
    "watchers hear of commits in one order, also of those a watcher makes",
    newPlace,
    async (subject) => {
      const { backend } = subject;
      const first = await record(backend);
      let answer: Promise<Cursor> | undefined;
      await backend.watch({
        prefixes: [everything],
        onChanges: () => {
          answer ??= commit(backend, put(B, "from a watcher"));
        },
      });
      const last = await record(backend);
      await commit(backend, put(A, "1"));
      await answer;
      assert.deepEqual(last.changes.map(words), ["put /room/a 1", "put /room/b from a watcher"]);
      assert.deepEqual(last.changes, first.changes);
    },
  );

  contractTest("a watch that was closed or that throws disturbs nobody", newPlace, async ({ backend }) => {
    let ended: Error | undefined;
    await backend.watch({
      prefixes: [everything],
      onChanges: () => assert.fail("a broken watcher"),
      onEnd: (error) => {
        ended = error;
      },
    });
    const closed = await record(backend);
    const seen = await record(backend);
    closed.watch.close();
    await commit(backend, put(A, "1"));
    assert.equal(ended?.name, "AppError");
    assert.deepEqual([closed.changes.length, seen.changes.length], [0, 1]);
  });

  contractTest("closing ends watches", newPlace, async ({ backend }) => {
    let ends = 0;
    const options = {
      prefixes: [everything],
      onChanges: () => {},
      onEnd: () => {
        ends += 1;
      },
    };
    await backend.watch(options);
    const left = await backend.watch(options);
    left.close();
    await backend.close();
    assert.equal(ends, 1);
  });

  contractTest("a watch resumes after every cursor, and misses nothing", newPlace, async ({ backend }) => {
    const seen = await record(backend);
    const start = seen.watch.cursor;
    const answers = [start, await commit(backend, put(A, "1"), put(B, "1"))];
    answers.push(await commit(backend, del(A)), await commit(backend, put(A, "2")));
    const expected = seen.changes.map(words);
    for (const [cursor, missed] of [
      [answers[0], 4],
      [answers[1], 2],
      [answers[2], 1],
      [answers[3], 0],
    ] as const) {
      const again = await record(backend, { from: cursor! });
      assert.deepEqual(again.changes.map(words), expected.slice(expected.length - missed));
    }
    for (const { cursor, seen: count } of seen.cursors) {
      const again = await record(backend, { from: cursor });
      assert.deepEqual(again.changes.map(words), expected.slice(count));
    }
    for (const [index, change] of seen.changes.entries()) {
      const again = await record(backend, { from: cursorAt(start, change.sequence) });
      assert.deepEqual(again.changes.map(words), expected.slice(index + 1));
    }
  });

  contractTest(
    "a watch resumes while others write, without a gap or a repeat",
    newPlace,
    async ({ backend }) => {
      const seen = await record(backend);
      const write = async (count: number) => {
        for (let index = 0; index < count; index++) await commit(backend, put(A, String(index)));
      };
      await Promise.all(Array.from({ length: 60 }, () => write(60)));
      const writing = write(100);
      const again = await record(backend, { from: seen.watch.cursor });
      await writing;
      await until(() => again.changes.length >= 3700, "it catches up");
      const order = (changes: typeof seen.changes) =>
        changes.map(({ sequence, item }) => `${sequence} ${text(item)}`);
      assert.deepEqual(order(again.changes), order(seen.changes));
    },
  );

  contractTest("cursors of elsewhere are too old", newPlace, async ({ backend }) => {
    const cursor = await commit(backend, put(A, "1"));
    const [epoch = "", sequence = ""] = cursor.split(":");
    const wrong = [
      `other:${sequence}`,
      `${epoch}:${Number(sequence) + 1}`,
      `${epoch}:-1`,
      `${epoch}:`,
      "",
      ":",
    ];
    wrong.push(sequence, `${epoch}:1e0`, `${epoch}:${"9".repeat(30)}`, `${cursor}:1`, `${cursor}\n`);
    for (const from of wrong) {
      await assert.rejects(record(backend, { from: from as Cursor }), { reason: "CURSOR_TOO_OLD" }, from);
    }
  });

  contractTest(
    "a cursor that the log has forgotten is too old",
    newPlace,
    async (subject) => {
      const { backend, clock } = subject;
      const first = await commit(backend, put(A, "first"));
      let last = first;
      for (let index = 0; index < 50; index++) last = await commit(backend, put(A, String(index)));
      await until(async () => {
        clock.advance(1_000);
        const resumed = record(backend, { from: first });
        return resumed.then(
          () => false,
          (error: { reason?: string }) => error.reason === "CURSOR_TOO_OLD",
        );
      }, "the log forgets");
      assert.deepEqual((await record(backend, { from: last })).changes, []);
      await commit(backend, put(A, "after"));
      assert.deepEqual((await record(backend, { from: last })).changes.map(words), [
        "put /room/a after (was 49)",
      ]);
    },
    { logEntries: 10 },
  );

  contractTest("audit entries are stored and never watched", newPlace, async ({ backend }) => {
    const seen = await record(backend, { prefixes: [everything, AUDIT_PREFIX] });
    const entry = key("audit", "2026", "1");
    const after = await commit(backend, put(entry, "entry", absent));
    await commit(backend, put(A, "1"), put(key("audit", "2026", "2"), "entry"), put(B, "1"));
    await refused(backend, put(A, "2", absent), put(key("audit", "2026", "3"), "entry"));
    await commit(backend, put(entry, "again"));
    assert.equal(text(await backend.get(entry)), "again");
    await commit(backend, put(entry, "once more", present));
    assert.equal(text(await backend.get(entry)), "once more");
    await commit(backend, del(entry));
    assert.equal(await backend.get(entry), undefined);
    assert.deepEqual(seen.changes.map(words), ["put /room/a 1", "put /room/b 1"]);
    const { items } = await backend.list({ prefix: AUDIT_PREFIX, limit: 10 });
    assert.deepEqual(
      items.map((item) => item.key),
      [key("audit", "2026", "2")],
    );
    assert.deepEqual((await record(backend, { from: after })).changes.map(words), seen.changes.map(words));
  });
}
