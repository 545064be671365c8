import assert from "node:assert/strict";
import { test } from "node:test";
import { randomOctets } from "./random-octets.ts";

test("no octets are given twice, also beyond the end of a pool", () => {
  const taken = Array.from({ length: 1000 }, () => randomOctets(40));
  assert.equal(new Set(taken.map((octets) => octets.toString("hex"))).size, 1000);
  const first = taken[0]?.toString("hex");
  randomOctets(4096);
  assert.equal(taken[0]?.toString("hex"), first);
  assert.equal(randomOctets(5000).length, 5000);
});
