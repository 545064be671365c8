import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeName, encodeName } from "@sallyport/x509";
import fc from "fast-check";
import { isAppError } from "../errors/index.ts";
import { type Subject, standardAttribute } from "./distinguished-name.ts";
import { emptyIdentity } from "./empty-identity.ts";
import type { Identity } from "./identity.ts";
import { identityFromSubject } from "./identity-from-subject.ts";
import { identityToSubject } from "./identity-to-subject.ts";
import { parseTraits } from "./traits-text.ts";

test("the layout is that of the wire contract", () => {
  const subject = identityToSubject({
    ...emptyIdentity("alice"),
    ...{ roles: ["b", "a", "b"], usage: ["usage:db"], principals: ["root"], traits: { z: ["1"], a: [] } },
    ...{ teleportCluster: "main", activeRequests: ["r1", "r2"], disallowReissue: true, generation: 7n },
    ...{
      allowedResourceIds: ["/main/node/x"],
      previousIdentityExpires: new Date("2026-01-02T03:04:05.678Z"),
    },
  });
  const lines = subject.map((rdn) => rdn.map(({ oid, value }) => `${oid}=${value}`).join(" + "));
  assert.deepEqual(lines, [
    "2.5.4.10=b + 2.5.4.10=a",
    "2.5.4.11=usage:db",
    "2.5.4.7=root",
    "2.5.4.9=",
    '2.5.4.17={"a":[],"z":["1"]}',
    "2.5.4.3=alice",
    "1.3.9999.1.7=main",
    "1.3.9999.2.8=r1",
    "1.3.9999.2.8=r2",
    "1.3.9999.2.9=true",
    "1.3.9999.1.14=7",
    '1.3.9999.2.10=["/main/node/x"]',
    "1.3.9999.2.12=2026-01-02T03:04:05Z",
  ]);
  assert.deepEqual(
    identityToSubject(emptyIdentity("a"))
      .flat()
      .map(({ oid }) => oid),
    ["2.5.4.9", "2.5.4.17", "2.5.4.3"],
  );
});

const minimal: Subject = [[{ oid: standardAttribute.username, value: "alice" }]];
const plus = (oid: string, ...values: string[]): Subject => [
  ...minimal,
  ...values.map((value) => [{ oid, value }]),
];

const refused: readonly [what: string, subject: Subject][] = [
  ["no name", []],
  ["an empty name", [[{ oid: standardAttribute.username, value: "" }]]],
  ["two names", plus(standardAttribute.username, "bob")],
  ["a role with a control character", plus(standardAttribute.role, "a\nb")],
  ["two origin clusters", plus("1.3.9999.1.7", "a", "b")],
  ["a restriction that is neither true nor false", plus("1.3.9999.2.9", "TRUE")],
  ["a generation out of range", plus("1.3.9999.1.14", "18446744073709551616")],
  ["a negative generation", plus("1.3.9999.1.14", "-1")],
  ["a port out of range", plus("1.3.9999.1.21", "65536")],
  ["resource ids that are no list", plus("1.3.9999.2.10", '{"a":1}')],
  ["resource ids that are no strings", plus("1.3.9999.2.10", "[1]")],
  ["a malformed time", plus("1.3.9999.2.12", "yesterday")],
  ["traits that are a list", plus(standardAttribute.traits, "[]")],
  ["traits with a number", plus(standardAttribute.traits, '{"a":[1]}')],
  ["traits that are cut off", plus(standardAttribute.traits, '{"a":')],
];

for (const [what, subject] of refused) {
  test(`a subject with ${what} is refused`, () => {
    assert.throws(
      () => identityFromSubject(subject),
      (error) => isAppError(error, "BAD_PARAMETER"),
    );
  });
}

test("subjects of older releases are read", () => {
  const old = identityFromSubject(plus("1.3.9999.1.1", "kube"), {
    issuerOrganization: "main",
    notAfterAt: 5000,
  });
  assert.deepEqual(
    [old.teleportCluster, old.kubernetesUsers, old.expires],
    ["main", ["kube"], new Date(5000)],
  );
  assert.equal(
    identityFromSubject(plus("1.3.9999.1.7", "leaf"), { issuerOrganization: "main" }).teleportCluster,
    "leaf",
  );
  assert.equal(
    identityFromSubject(plus("1.3.9999.2.12", "0001-01-01T00:00:00Z")).previousIdentityExpires,
    undefined,
  );
});

test("traits are read as JSON, null, nothing, and the binary form", () => {
  assert.deepEqual(parseTraits("null"), {});
  assert.deepEqual(parseTraits(""), {});
  assert.deepEqual(parseTraits('{"a":null,"b":["c"]}'), { a: [], b: ["c"] });
  const binary = Buffer.from("0a160a066c6f67696e73120c0a04726f6f740a04616c6365", "hex").toString();
  assert.deepEqual(parseTraits(binary), { logins: ["root", "alce"] });
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) => {
      try {
        for (const values of Object.values(parseTraits(text))) assert.ok(Array.isArray(values));
      } catch (error) {
        assert.ok(isAppError(error, "BAD_PARAMETER"), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test("an unknown attribute cannot pose as a known one, and an identity has a largest size", () => {
  const withUnknown = (oid: string) => ({ ...emptyIdentity("a"), unknownAttributes: [[oid, "x"]] as const });
  for (const oid of ["1.3.9999.1.13", "2.5.4.10", "1.2.3"]) {
    assert.throws(
      () => identityToSubject(withUnknown(oid)),
      (error) => isAppError(error, "BAD_PARAMETER"),
      oid,
    );
  }
  const roles = Array.from({ length: 3000 }, (_, index) => `role-${index}`);
  assert.throws(() => identityToSubject({ ...emptyIdentity("a"), roles }), /fewer roles/);
  const many = roles.slice(0, 1000);
  assert.equal(
    decodeName(encodeName(identityToSubject({ ...emptyIdentity("a"), roles: many })))[0]?.length,
    1000,
  );
});

test("an empty list of resources allows nothing and stays distinct from no list", () => {
  const read = (ids: Identity["allowedResourceIds"]) =>
    identityFromSubject(identityToSubject({ ...emptyIdentity("a"), allowedResourceIds: ids }))
      .allowedResourceIds;
  assert.deepEqual(read([]), []);
  assert.equal(read(undefined), undefined);
});
