import assert from "node:assert/strict";
import { test } from "node:test";
import { decideEncryption, type EncryptionWish } from "./decide-encryption.ts";
import type { KeySource, Wrapping } from "./key-source.ts";

const file: KeySource = { kind: "key_file", path: "/a" };
const otherFile: KeySource = { kind: "key_file", path: "/b" };
const phrase: KeySource = { kind: "passphrase_file", path: "/p" };
const asked: KeySource = { kind: "passphrase_command", command: ["/bin/p"] };

const cases: readonly (readonly [
  string,
  KeySource?,
  KeySource?,
  Wrapping?,
  (string | RegExp)?,
  KeySource[]?,
])[] = [
  ["nothing said, nothing stored", undefined, undefined, undefined, "leave in clear"],
  ["an end that is over", undefined, file, undefined, "leave in clear"],
  ["the first time", file, undefined, undefined, "begin"],
  ["as ever", file, undefined, "key_file", "open", [file]],
  ["another file, perhaps with the same key", otherFile, file, "key_file", "open", [otherFile, file]],
  ["a passphrase from elsewhere", asked, undefined, "passphrase", "open", [asked]],
  ["another kind, and the one of before", phrase, file, "key_file", "open", [file]],
  ["the one of before alone", undefined, file, "key_file", "end", [file]],
  [
    "nothing said of what is encrypted",
    undefined,
    undefined,
    "key_file",
    /under a key file, and the configuration names none/,
  ],
  ["another kind alone", phrase, undefined, "command", /under a command, and not by passphrase_file \/p/],
  ["the wrong kind of before", undefined, phrase, "key_file", /not by passphrase_file/],
];

for (const [name, current, previous, stored, expected, tries] of cases) {
  test(name, () => {
    const wish: EncryptionWish = { current, previous };
    const plan = decideEncryption(wish, stored);
    if (expected instanceof RegExp) {
      assert.ok(plan.do === "refuse");
      assert.match(plan.because, expected);
      assert.match(plan.hint, /previous/);
    } else assert.equal(plan.do, expected);
    if ("tries" in plan) assert.deepEqual(plan.tries, tries);
  });
}
