import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, type Reason } from "@sallyport/api";
import { StatusError } from "../transport/index.ts";
import { toAppError, toStatus } from "./map-error.ts";

const id = () => "id-1";

const errors: [name: string, thrown: unknown, reason: Reason][] = [
  ["one of ours", new AppError("NOT_FOUND"), "NOT_FOUND"],
  ["the client's leaving", new StatusError(1, "gone"), "CANCELLED"],
  ["the deadline", new StatusError(4, "late"), "DEADLINE_EXCEEDED"],
  ["an abort", new DOMException("aborted", "AbortError"), "CANCELLED"],
  ["a fault", new TypeError("x is not a function"), "INTERNAL"],
  ["no error at all", "oops", "INTERNAL"],
  ["nothing", undefined, "INTERNAL"],
];
for (const [name, thrown, reason] of errors) {
  test(`what leaves for ${name} is ${reason}`, () => assert.equal(toAppError(thrown, id).reason, reason));
}

test("details travel as ASCII JSON, and are left out where they are too long", () => {
  const details = { field: "naïve\n☃", line: 3 };
  const { trailers } = toStatus(new AppError("BAD_PARAMETER", "no", { details }), "id-1");
  assert.match(trailers["sallyport-details"] ?? "", /^[ -~]+$/);
  assert.deepEqual(JSON.parse(trailers["sallyport-details"] ?? ""), details);
  const long = toStatus(
    new AppError("BAD_PARAMETER", "no", { details: { text: "x".repeat(5_000) } }),
    "id-1",
  );
  assert.deepEqual(long.trailers, { "sallyport-reason": "BAD_PARAMETER", "sallyport-request-id": "id-1" });
});
