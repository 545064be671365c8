import assert from "node:assert/strict";
import { test } from "node:test";
import { type AppError, catalog, grpcCodes, isAppError, type Reason } from "../errors/index.ts";
import { errorFromStatus } from "./errors.ts";
import { StatusError } from "./transport.ts";

const read = (error: unknown): AppError => {
  const read = errorFromStatus(error);
  assert.ok(isAppError(read));
  return read;
};

test("a status of a server that says no more becomes the reason of its code", () => {
  const expected: readonly (readonly [number, Reason])[] = [
    [1, "CANCELLED"],
    [2, "INTERNAL"],
    [3, "BAD_PARAMETER"],
    [4, "DEADLINE_EXCEEDED"],
    [5, "NOT_FOUND"],
    [6, "ALREADY_EXISTS"],
    [7, "ACCESS_DENIED"],
    [8, "LIMIT_EXCEEDED"],
    [9, "COMPARE_FAILED"],
    [10, "COMPARE_FAILED"],
    [11, "CURSOR_TOO_OLD"],
    [12, "NOT_IMPLEMENTED"],
    [13, "INTERNAL"],
    [14, "UNAVAILABLE"],
    [15, "INTERNAL"],
    [16, "ACCESS_DENIED"],
    [99, "INTERNAL"],
  ];
  for (const [code, reason] of expected) {
    const error = read(new StatusError(code, "said so"));
    assert.deepEqual([code, error.reason, error.message], [code, reason, "said so"]);
  }
});

test("every reason of the catalogue survives the way over the wire", () => {
  for (const reason of Object.keys(catalog) as Reason[]) {
    const trailers = { "sallyport-reason": reason };
    assert.equal(read(new StatusError(grpcCodes[catalog[reason].code], "x", trailers)).reason, reason);
  }
});

test("a reason that is unknown, or of another code, is not believed", () => {
  for (const name of ["NEWER_REASON", "NOT_FOUND", "constructor", "__proto__", ""]) {
    assert.equal(read(new StatusError(7, "x", { "sallyport-reason": name })).reason, "ACCESS_DENIED", name);
  }
});

test("details and request id are read; what is not a plain value in them is left out", () => {
  const details = '{"field":"spec.roles","line":3,"ok":true,"deep":{"a":1},"none":null,"__proto__":"x"}';
  const trailers = { "sallyport-details": details, "sallyport-request-id": "r-1" };
  const error = read(new StatusError(3, "x", trailers));
  assert.equal(error.details.field, "spec.roles");
  assert.deepEqual([error.details.line, error.details.ok, error.details.requestId], [3, true, "r-1"]);
  assert.deepEqual([error.details.deep, error.details.none], [undefined, undefined]);
  assert.equal(Object.getPrototypeOf(error.details), Object.prototype);
});

test("garbled details do not hide the error", () => {
  for (const text of ["{", "[1]", '"x"', "null", ""]) {
    assert.equal(read(new StatusError(5, "gone", { "sallyport-details": text })).message, "gone");
  }
});

test("the words of the catalogue stand in for an empty message, and other errors pass unchanged", () => {
  assert.equal(read(new StatusError(5, "")).message, catalog.NOT_FOUND.words);
  const other = new TypeError("no status");
  assert.equal(errorFromStatus(other), other);
});
