import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lineMark, replaceOurLines } from "./known-hosts.ts";

const mark = lineMark("one.example");
const ours = (key: string) => `@cert-authority *.example ssh-ed25519 ${key} ${mark}`;
const otherLine = fc.oneof(
  fc.stringMatching(/^[ -~]{0,40}$/),
  fc.constantFrom(
    "",
    "# comment",
    "a ssh-rsa AAAA\r",
    `@cert-authority * ssh-rsa AAAA ${lineMark("two.example")}`,
  ),
);

test("lines of others stay, byte for byte and in their order, whatever is put in and taken away", () => {
  fc.assert(
    fc.property(fc.array(otherLine), fc.array(otherLine), (before, behind) => {
      const others = [...before, ...behind].map((line) => `${line}\n`).join("");
      const first = replaceOurLines(others, mark, [ours("A")]);
      assert.equal(replaceOurLines(first, mark, [ours("A")]), first);
      const moved = [...before, ours("A"), ...behind].map((line) => `${line}\n`).join("");
      const replaced = replaceOurLines(moved, mark, [ours("B"), ours("C")]);
      assert.equal(
        replaced,
        [...before, ours("B"), ours("C"), ...behind].map((line) => `${line}\n`).join(""),
      );
      assert.equal(replaceOurLines(replaced, mark, []), others);
      assert.equal(replaceOurLines(first, mark, []), others);
    }),
  );
});

test("a last line without an end is not joined with ours", () => {
  assert.equal(replaceOurLines("a ssh-rsa AAAA", mark, [ours("A")]), `a ssh-rsa AAAA\n${ours("A")}\n`);
  assert.equal(replaceOurLines("", mark, []), "");
});
