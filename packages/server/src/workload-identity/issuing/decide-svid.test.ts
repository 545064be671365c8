import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { WorkloadAttrsSchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/attrs_pb";
import fc from "fast-check";
import { readAttributes } from "../attributes/read-attributes.ts";
import { isRefusal } from "../refusal.ts";
import { asker } from "../testing/workload-world.ts";
import type { WorkloadCondition, WorkloadIdentity } from "../workload-identity.ts";
import { decideLifetime, type LifetimeWish } from "./decide-lifetime.ts";
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

const lifetimes: [string, Partial<LifetimeWish>, number | "BAD_PARAMETER" | "ACCESS_DENIED"][] = [
  ["an hour where nothing is asked for", {}, 3_600_000],
  ["what is asked for", { requestedMs: 1000 }, 1000],
  ["less than a second", { requestedMs: 999 }, "BAD_PARAMETER"],
  ["no number", { requestedMs: Number.NaN }, "BAD_PARAMETER"],
  ["a day at most", { requestedMs: 48 * 3_600_000 }, 24 * 3_600_000],
  ["no more than the identity has", { maximumMs: 5000 }, 5000],
  ["no more than the certificate that asks has", { callerEndsAt: 1000 }, 1000],
  ["a certificate that ends within a second", { callerEndsAt: 999 }, "ACCESS_DENIED"],
  ["a certificate that has ended", { callerEndsAt: -1 }, "ACCESS_DENIED"],
];
for (const [name, parts, expected] of lifetimes) {
  test(`threat 17: a lifetime: ${name}`, () => {
    const wish = { requestedMs: undefined, maximumMs: undefined, callerEndsAt: undefined, now: 0 };
    const end = decideLifetime({ ...wish, ...parts });
    assert.equal(isRefusal(end) ? end.reason : end.expiresAt, expected);
  });
}

test("a subject has no characters that cannot be shown, and at most 64", () => {
  const templated = {
    ...identity.spiffe,
    id: "/web",
    x509: {
      ...identity.spiffe.x509,
      dnsSans: [],
      subject: { ...subject, commonName: "{{ workload.systemd.service }}" },
    },
  };
  const commonNameOf = (service: string) => {
    const decision = ask(service, { identity: { ...identity, spiffe: templated } });
    if ("allow" in decision) return decision.because;
    return decision.kind === "x509" ? decision.description.subject.commonName : assert.fail();
  };
  assert.equal(commonNameOf("é".repeat(64)), "é".repeat(64));
  assert.match(commonNameOf("x".repeat(65)), /longer than 64/);
  for (const odd of ["a\u0000", "a\nb", "a\u202eb"]) assert.match(commonNameOf(odd), /cannot be shown/);
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
