import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { EventSchema } from "@sallyport/api/gen/teleport/legacy/client/proto/event_pb.js";
import {
  AccessRequestFilterSchema,
  AccessRequestV3Schema,
  RoleV6Schema,
  UserV2Schema,
} from "@sallyport/api/gen/teleport/legacy/types/types_pb.js";
import { WorkloadIdentitySchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_pb.js";
import { searchOfBadValues } from "./find-bad-value.ts";

const time = (seconds: bigint, nanos = 0) => ({ seconds, nanos });
const expiring = (seconds: bigint, nanos = 0) =>
  create(UserV2Schema, { Metadata: { Expires: time(seconds, nanos) } });
const verified = (seconds: bigint, nanos = 0) =>
  create(RoleV6Schema, { Spec: { Options: { MFAVerificationInterval: time(seconds, nanos) } } });

describe("values that are none", () => {
  for (const [what, seconds, nanos, isTime] of [
    ["Go's zero time", -62_135_596_800n, 0, true],
    ["1970", 0n, 0, true],
    ["the end of the year 9999", 253_402_300_799n, 999_999_999, true],
    ["the year 10000", 253_402_300_800n, 0, false],
    ["the year 0", -62_135_596_801n, 0, false],
    ["more than a number holds", 9_223_372_036_854_775_807n, 0, false],
    ["less than none of a second", 1n, -1, false],
    ["more than all of a second", 1n, 1_000_000_000, false],
  ] as const) {
    it(`${what} is ${isTime ? "one" : "none"}`, () => {
      const found = searchOfBadValues(UserV2Schema)?.(expiring(seconds, nanos) as never);
      assert.equal(found, isTime ? undefined : "Metadata.Expires");
    });
  }

  for (const [what, seconds, nanos, isDuration] of [
    ["back in time", -1n, -1, true],
    ["ten thousand years", 315_576_000_000n, 0, true],
    ["longer", 315_576_000_001n, 0, false],
    ["both ways", 1n, -1, false],
    ["both ways, back", -1n, 1, false],
    ["two seconds of nanoseconds", 0n, 2_000_000_000, false],
  ] as const) {
    it(`${what} is ${isDuration ? "a" : "no"} duration`, () => {
      const found = searchOfBadValues(RoleV6Schema)?.(verified(seconds, nanos) as never);
      assert.equal(found, isDuration ? undefined : "Spec.Options.MFAVerificationInterval");
    });
  }

  it("are found in lists and in the chosen one of several fields", () => {
    const reviewed = create(AccessRequestV3Schema, {
      Spec: { Reviews: [{ Created: time(1n) }, { Created: time(1n, -5) }] },
    });
    assert.equal(searchOfBadValues(AccessRequestV3Schema)?.(reviewed as never), "Spec.Reviews.Created");
    const event = create(EventSchema, { Resource: { case: "AccessRequest", value: reviewed } });
    assert.equal(searchOfBadValues(EventSchema)?.(event as never), "AccessRequest.Spec.Reviews.Created");
  });

  for (const [what, value, isFine] of [
    ["a number", 1.5, true],
    ["not a number", Number.NaN, false],
    ["more than every number", Number.POSITIVE_INFINITY, false],
  ] as const) {
    it(`${what} deep in plain JSON is ${isFine ? "fine" : "none"}`, () => {
      const claims = { extraClaims: { a: [{ b: value }], c: null } };
      const identity = create(WorkloadIdentitySchema, { spec: { spiffe: { jwt: claims } } });
      const found = searchOfBadValues(WorkloadIdentitySchema)?.(identity as never);
      assert.equal(found, isFine ? undefined : "spec.spiffe.jwt.extra_claims");
    });
  }

  it("are not looked for where there are none", () => {
    assert.equal(searchOfBadValues(AccessRequestFilterSchema), undefined);
  });
});
