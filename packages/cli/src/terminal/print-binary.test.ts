import assert from "node:assert/strict";
import { test } from "node:test";
import { recordingTerminal } from "../testing/recording-terminal.ts";
import { UsageError } from "./exit-code.ts";
import { printBinary } from "./print-binary.ts";

const list = Buffer.from([0x30, 0x1b, 0x5b, 0x32, 0x4a]);

test("threat 39: bytes that could command a terminal never reach a screen", () => {
  const screen = recordingTerminal({ isScreen: true });
  assert.throws(
    () => printBinary(screen, list, "name a file with --out"),
    (error) => error instanceof UsageError && /not for a screen: name a file with --out/.test(error.message),
  );
  assert.equal(screen.printed(), "");
});

test("a file or a program gets them as they are", () => {
  const pipe = recordingTerminal();
  printBinary(pipe, list, "");
  assert.equal(pipe.printed(), list.toString("latin1"));
});
