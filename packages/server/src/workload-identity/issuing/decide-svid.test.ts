import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { WorkloadAttrsSchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/attrs_pb";
import fc from "fast-check";
import { readAttributes } from "../attributes/read-attributes.ts";
import { asker } from "../testing/workload-world.ts";
import type { WorkloadCondition, WorkloadIdentity } from "../workload-identity.ts";
import { decideRules } from "./decide-rules.ts";
import { decideSvid, type SvidQuestion } from "./decide-svid.ts";

const subject = { commonName: "", organization: "", organizationalUnit: "" };
const identity: WorkloadIdentity = {
  name: "web",
  revision: "r",
  labels: {},
  rules: [],
  spiffe: {
    id: "/shop/{{ workload.systemd.service }}/web",
    hint: "",
    x509: { dnsSans: ["{{ workload.systemd.service }}.example"], subject, maximumTtlMs: undefined },
    jwt: { extraClaims: { text: "{{ workload.systemd.service }}" }, maximumTtlMs: undefined },
  },
};
const ask = (service: string, parts: Partial<SvidQuestion> = {}) =>
  decideSvid({
    identity,
    values: new Map([["workload.systemd.service", service]]),
    credential: { kind: "x509", publicKey: new Uint8Array() },
    clusterName: "one.example",
    requestedMs: undefined,
    callerEndsAt: undefined,
    now: 0,
    ...parts,
  });

test("threat 36: no value of an attribute leaves its segment, its label or the trust domain", () => {
  const pieces = fc.constantFrom(
    "a",
    "B-1",
    ".",
    "..",
    "/",
    "//",
    "%2f",
    "\\",
    "*",
    "{{",
    "}}",
    "\u0000",
    "é",
    " ",
    "@",
    ":",
    "?",
    "#",
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join("")),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const decision = ask(text);
      if ("allow" in decision) return;
      assert.ok(decision.kind === "x509");
      const { spiffeId, dnsSans } = decision.description;
      assert.match(spiffeId, /^spiffe:\/\/one\.example\/shop\/[A-Za-z0-9._-]+\/web$/);
      assert.ok(!spiffeId.split("/").some((segment) => segment === "." || segment === ".."));
      for (const name of dnsSans) assert.match(name, /^[A-Za-z0-9.-]+\.example$/);
    }),
    { numRuns: 2000 },
  );
});

test("texts of a token are as long as they may be, and no longer", () => {
  const claims = Object.fromEntries(
    Array.from({ length: 6 }, (_, index) => [`c${index}`, "{{ workload.systemd.service }}"]),
  );
  const many = {
    ...identity,
    spiffe: { ...identity.spiffe, id: "/web", jwt: { ...identity.spiffe.jwt, extraClaims: claims } },
  };
  const credential = { kind: "jwt", audiences: ["a"], issuer: "i" } as const;
  assert.ok(!("allow" in ask("x".repeat(2000), { identity: many, credential })));
  const refused = ask("x".repeat(4000), { identity: many, credential });
  assert.ok("allow" in refused && /all texts are longer than 16384/.test(refused.because));
});

test("a cluster whose name is no trust domain has no SPIFFE IDs", () => {
  const refused = ask("a", { clusterName: "One Example" });
  assert.ok("allow" in refused && /has no SPIFFE IDs/.test(refused.because));
  const long = ask("a", { clusterName: "x".repeat(256) });
  assert.ok("allow" in long && /longer than 255/.test(long.because));
});

const condition = (operator: WorkloadCondition["operator"], ...values: string[]): WorkloadCondition => ({
  attribute: "workload.systemd.service",
  operator,
  values,
});
const rules: [string, readonly WorkloadCondition[], boolean][] = [
  ["eq, equal", [condition("eq", "a")], true],
  ["eq, another", [condition("eq", "A")], false],
  ["not_eq, another", [condition("not_eq", "b")], true],
  ["not_eq, equal", [condition("not_eq", "a")], false],
  ["in", [condition("in", "b", "a")], true],
  ["in, of others", [condition("in", "b")], false],
  ["not_in", [condition("not_in", "b", "c")], true],
  ["not_in, one of them", [condition("not_in", "b", "a")], false],
  ["both", [condition("eq", "a"), condition("not_eq", "b")], true],
  ["one of both", [condition("eq", "a"), condition("eq", "b")], false],
  ["threat 14: a comparison that nobody knows", [condition(undefined)], false],
  ["threat 14: no condition", [], false],
  [
    "threat 14: a stored attribute that does not parse",
    [{ ...condition("not_eq", "b"), attribute: "x(" }],
    false,
  ],
  [
    "threat 14: not_eq on what is not set",
    [{ ...condition("not_eq", "b"), attribute: "join.github.sub" }],
    false,
  ],
];
for (const [name, conditions, allow] of rules) {
  test(`a rule: ${name} is ${allow ? "met" : "not met"}`, () => {
    const values = new Map([["workload.systemd.service", "a"]]);
    assert.equal(decideRules({ name: "web", rules: [{ conditions, expression: "" }] }, values).allow, allow);
  });
}

test("threat 14: a rule that excludes by a label is not met by whoever was attested without any", () => {
  const rule = { conditions: [], expression: 'workload.kubernetes.labels["tier"] != "untrusted"' };
  const allow = (sent: MessageInitShape<typeof WorkloadAttrsSchema> | undefined) => {
    const attrs = sent && create(WorkloadAttrsSchema, sent);
    const { values } = readAttributes(asker(0), {}, attrs);
    return decideRules({ name: "web", rules: [rule] }, values).allow;
  };
  assert.deepEqual(
    [
      allow(undefined),
      allow({ unix: { attested: true } }),
      allow({ kubernetes: { labels: { tier: "untrusted" } } }),
    ],
    [false, false, false],
  );
  assert.equal(allow({ kubernetes: { attested: true } }), true);
});

test("one rule that is met is enough; without rules everybody is meant", () => {
  const values = new Map([["workload.systemd.service", "a"]]);
  const of = (...lists: (readonly WorkloadCondition[])[]) =>
    decideRules({ name: "web", rules: lists.map((conditions) => ({ conditions, expression: "" })) }, values)
      .allow;
  assert.equal(of([condition("eq", "b")], [condition("eq", "a")]), true);
  assert.equal(of(), true);
});
