import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { ListWorkloadIdentitiesResponseSchema } from "@sallyport/api/gen/teleport/workloadidentity/v1/resource_service_pb";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { openAuthority } from "../../authority/testing/open-authority.ts";
import {
  CLUSTER,
  decode,
  identity,
  isReason,
  openWorkloads,
  type WorkloadWorld,
} from "../testing/workload-world.ts";

let world: WorkloadWorld;

beforeEach(async () => {
  world = await openWorkloads(await openAuthority(new StoppedClock(), CLUSTER));
});

const put = (...parts: Parameters<typeof identity>) =>
  world.resources.upsertWorkloadIdentity.handle(
    { workloadIdentity: identity(...parts) } as never,
    world.call(),
  );

test("identities are created, read, listed, changed and deleted, each with its entry in the audit log", async () => {
  const rpcs = world.resources;
  const made = identity("web", { spiffe: { id: "/web" } });
  await rpcs.createWorkloadIdentity.handle({ workloadIdentity: made } as never, world.call());
  await assert.rejects(
    async () => rpcs.createWorkloadIdentity.handle({ workloadIdentity: made } as never, world.call()),
    isReason("ALREADY_EXISTS", /"web" exists already/),
  );
  const stored = (await rpcs.getWorkloadIdentity.handle(
    { name: "web" } as never,
    world.call(),
  )) as never as typeof made;
  assert.deepEqual([stored.kind, stored.version, stored.metadata?.name], ["workload_identity", "v1", "web"]);
  const revision = stored.metadata?.revision ?? "";
  assert.notEqual(revision, "");
  const changed = identity("web", { spiffe: { id: "/other" } });
  if (changed.metadata !== undefined) changed.metadata.revision = "of another";
  await assert.rejects(
    async () => rpcs.updateWorkloadIdentity.handle({ workloadIdentity: changed } as never, world.call()),
    isReason("COMPARE_FAILED", /somebody else/),
  );
  if (changed.metadata !== undefined) changed.metadata.revision = revision;
  await rpcs.updateWorkloadIdentity.handle({ workloadIdentity: changed } as never, world.call());
  await put("api", { spiffe: { id: "/api" } });
  const page = async (pageSize: number, pageToken: string) =>
    decode(
      ListWorkloadIdentitiesResponseSchema,
      await rpcs.listWorkloadIdentities.handle({ pageSize, pageToken } as never, world.call()),
    ) as { workloadIdentities: (typeof made)[]; nextPageToken: string };
  const first = await page(1, "");
  assert.deepEqual(
    first.workloadIdentities.map((one) => one.metadata?.name),
    ["api"],
  );
  const second = await page(1, first.nextPageToken);
  assert.deepEqual(
    second.workloadIdentities.map((one) => one.spec?.spiffe?.id),
    ["/other"],
  );
  assert.equal(second.nextPageToken, "");
  await rpcs.deleteWorkloadIdentity.handle({ name: "web" } as never, world.call());
  await assert.rejects(
    async () => rpcs.getWorkloadIdentity.handle({ name: "web" } as never, world.call()),
    isReason("NOT_FOUND", /"web" is not there/),
  );
  await assert.rejects(
    async () => rpcs.deleteWorkloadIdentity.handle({ name: "web" } as never, world.call()),
    isReason("NOT_FOUND", /"web" is not there/),
  );
  const events = await world.auditEvents();
  assert.deepEqual(
    events.map(({ code, name }) => [code, name]),
    [
      ["WID001I", "web"],
      ["WID002I", "web"],
      ["WID001I", "api"],
      ["WID003I", "web"],
    ],
  );
  assert.deepEqual(events[0]?.workload_identity_data, { spiffe: { id: "/web" } });
  assert.equal(events[0]?.event, "workload_identity.create");
});

describe("what must not be stored", () => {
  type Spec = Parameters<typeof identity>[1];
  const spiffe = { id: "/web" };
  const eq = { case: "eq", value: { value: "x" } } as const;
  const nested = (depth: number): { a: JsonValue } => (depth === 0 ? { a: "x" } : { a: nested(depth - 1) });
  const withCondition = (condition: object): Spec =>
    ({ spiffe, rules: { allow: [{ conditions: [condition] }] } }) as Spec;
  const specs: [string, Spec, RegExp][] = [
    ["no path", {}, /spec\.spiffe\.id: it is missing/],
    ["a path without a slash", { spiffe: { id: "web" } }, /has to begin with \//],
    ["an empty segment", { spiffe: { id: "/a//b" } }, /empty segment/],
    ["a slash at the end", { spiffe: { id: "/a/" } }, /empty segment/],
    ["threat 36: a way up", { spiffe: { id: "/a/../b" } }, /must not be "\.\."/],
    ["threat 36: where it is already", { spiffe: { id: "/a/./b" } }, /must not be "\."/],
    [
      "a lifetime below a second",
      { spiffe: { ...spiffe, x509: { maximumTtl: { seconds: 0n, nanos: 999_000_000 } } } },
      /a second at least/,
    ],
    ["a hint with a bad template", { spiffe: { ...spiffe, hint: "{{ x" } }, /spec\.spiffe\.hint/],
    ["a character that is none of SPIFFE's", { spiffe: { id: "/a b" } }, /the character " "/],
    ["a percent sign", { spiffe: { id: "/a%2fb" } }, /the character "%"/],
    ["a misspelt attribute", { spiffe: { id: "/{{ user.nmae }}" } }, /did you mean "user\.name"/],
    ["braces that do not close", { spiffe: { id: "/{{ user.name" } }, /without "}}"/],
    ["a wildcard DNS name", { spiffe: { ...spiffe, x509: { dnsSans: ["*.example"] } } }, /dns_sans\[0\]/],
    ["an address as DNS name", { spiffe: { ...spiffe, x509: { dnsSans: ["10.0.0.1"] } } }, /an address/],
    [
      "a claim of the issuer",
      { spiffe: { ...spiffe, jwt: { extraClaims: { sub: "x" } } } },
      /issuer's to set/,
    ],
    [
      "a claim with a bad template",
      { spiffe: { ...spiffe, jwt: { extraClaims: { a: ["{{ x }}"] } } } },
      /extra_claims\.a\.0/,
    ],
    [
      "claims without an end to their depth",
      { spiffe: { ...spiffe, jwt: { extraClaims: nested(20) } } },
      /nested too deeply/,
    ],
    ["a rule with nothing", { spiffe, rules: { allow: [{}] } }, /either conditions or an expression/],
    [
      "a bad expression",
      { spiffe, rules: { allow: [{ expression: "user.name" }] } },
      /allow\[0\]\.expression/,
    ],
    ["a condition on nothing", withCondition({ attribute: "", operator: eq }), /attribute: it is missing/],
    ["a condition on a list", withCondition({ attribute: "user.traits.team", operator: eq }), /one value/],
    [
      "a condition without a comparison",
      withCondition({ attribute: "user.name" }),
      /eq, not_eq, in or not_in/,
    ],
    [
      "a condition without values",
      withCondition({ attribute: "user.name", operator: { case: "in", value: { values: [] } } }),
      /has no values/,
    ],
    [
      "too many names",
      { spiffe: { ...spiffe, x509: { dnsSans: new Array(51).fill("a.example") } } },
      /too many/,
    ],
    [
      "too much",
      { spiffe: { ...spiffe, jwt: { extraClaims: { a: new Array(9000).fill("abcdef") } } } },
      /larger than/,
    ],
  ];
  for (const [name, spec, words] of specs) {
    test(name, async () => {
      await assert.rejects(async () => put("web", spec), isReason("BAD_PARAMETER", words));
      assert.deepEqual(await world.auditEvents(), []);
    });
  }

  for (const name of ["", "..", "a/b", "a b", "a\u0000", "x".repeat(257)]) {
    test(`threat 36: the name ${JSON.stringify(name.slice(0, 20))}`, async () => {
      await assert.rejects(
        async () => put(name, { spiffe }),
        isReason("BAD_PARAMETER", /name of the workload identity/),
      );
    });
  }
});
