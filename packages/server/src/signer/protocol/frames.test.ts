import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeFrame, FrameReader, MAX_FRAME_BYTES } from "./frames.ts";

/** What is read from octets that come in parts of the given sizes. */
function readIn(octets: Buffer, sizes: readonly number[]): unknown[] {
  const messages: unknown[] = [];
  const reader = new FrameReader((message) => messages.push(message));
  let at = 0;
  for (const size of sizes) {
    reader.take(octets.subarray(at, at + size));
    at += size;
  }
  reader.take(octets.subarray(at));
  return messages;
}

test("messages arrive as they were sent, however the octets come", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.array(fc.integer({ min: 0, max: 9 })), (sent, sizes) => {
      const said = sent.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
      assert.deepEqual(readIn(Buffer.concat(said.map(encodeFrame)), sizes), said);
    }),
  );
});

test("a length that is too long is refused before anything is kept", () => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(MAX_FRAME_BYTES + 1);
  assert.throws(() => readIn(header, []), RangeError);
  assert.throws(() => encodeFrame("x".repeat(MAX_FRAME_BYTES)), RangeError);
});

test("what is no JSON is refused", () => {
  assert.throws(() => readIn(Buffer.from([0, 0, 0, 1, 0x7b]), []), SyntaxError);
});
