import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "@sallyport/api";
import fc from "fast-check";
import { encodePage } from "./encode-page.ts";
import { MAX_ANSWER_BYTES, wholeAnswer } from "./whole-answer.ts";

const CLIENTS_ACCEPT = 4 * 1024 * 1024;

test("threat 38: an answer without pages fits into what clients accept, or is refused in words", async () => {
  const answer = fc.array(fc.nat({ max: 1_500_000 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(answer, async (sizes) => {
      const items = sizes.map((size) => new Uint8Array(size));
      const sum = sizes.reduce((all, size) => all + size, 0);
      try {
        const { bytes } = encodePage(1, await wholeAnswer("roles", "list them", items));
        assert.ok(bytes.length <= CLIENTS_ACCEPT);
      } catch (error) {
        assert.ok(isAppError(error, "ANSWER_TOO_LARGE"), String(error));
        assert.match(error.message, /more roles than one answer holds: list them$/);
        assert.ok(sum > MAX_ANSWER_BYTES - 8 * sizes.length);
      }
    }),
    { numRuns: 50 },
  );
});

test("threat 38: many small items count with what stands around each", async () => {
  const many = Array.from({ length: 2_000_000 }, () => new Uint8Array(1));
  await assert.rejects(wholeAnswer("locks", "name them", many), (error) =>
    isAppError(error, "ANSWER_TOO_LARGE"),
  );
});
