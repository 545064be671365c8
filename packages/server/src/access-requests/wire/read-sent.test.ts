import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import {
  AccessRequestFilterSchema,
  AccessRequestSpecV3Schema,
  AccessRequestV3Schema,
  type RequestState,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { isReason } from "../testing/story.ts";
import { readFilter } from "./read-listing.ts";
import { readWish } from "./read-request.ts";

const unknown = 77 as RequestState;
const wishIn = (State: RequestState) =>
  create(AccessRequestV3Schema, { Spec: create(AccessRequestSpecV3Schema, { User: "alice", State }) });
const filterFor = (State: RequestState) => create(AccessRequestFilterSchema, { State });

test("a state that is not known is refused, not taken for none: in a wish as in a filter", () => {
  assert.throws(() => readWish(wishIn(unknown)), isReason("BAD_PARAMETER"));
  assert.throws(() => readFilter(filterFor(unknown), "alice"), isReason("BAD_PARAMETER"));
});

test("the states that are known are read by their numbers", () => {
  assert.deepEqual(
    [0, 1, 2].map((state) => readWish(wishIn(state)).state),
    ["NONE", "PENDING", "APPROVED"],
  );
  assert.equal(readFilter(filterFor(3), "alice").state, "DENIED");
});
