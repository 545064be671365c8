import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "../errors/index.ts";
import { formatResource, parseResource, resourceName } from "./index.ts";

const document = {
  kind: "workload_identity",
  metadata: { name: "web", labels: { env: "prod" } },
  spec: {
    rules: {
      allow: [
        {
          conditions: [
            { attribute: "workload.kubernetes.namespace", eq: { value: "web" } },
            { attribute: "user.name", not_in: { values: ["bot-old"] } },
          ],
        },
        { expression: "user.is_bot" },
      ],
    },
    spiffe: {
      id: "/web/{{ workload.kubernetes.pod_name }}",
      x509: { dns_sans: ["web.example.com"], maximum_ttl: "3600s" },
      jwt: { extra_claims: { team: "core", list: [1, "a", true] } },
    },
  },
};

test("a workload identity reads and writes as its document, with what is usual filled in", () => {
  const resource = parseResource(document);
  assert.equal(resource.kind, "workload_identity");
  assert.equal(resourceName(resource), "web");
  const written = formatResource("workload_identity", resource.message as never);
  assert.deepEqual(written, {
    ...document,
    version: "v1",
    spec: {
      ...document.spec,
      spiffe: { ...document.spec.spiffe, x509: { dns_sans: ["web.example.com"], maximum_ttl: "1h0m0s" } },
    },
  });
  assert.deepEqual(parseResource(written).message, resource.message);
});

const refused: [string, object, RegExp][] = [
  ["no name", { ...document, metadata: {} }, /metadata\.name/],
  ["no metadata", { ...document, metadata: undefined }, /metadata\.name/],
  ["another version", { ...document, version: "v2" }, /must be v1/],
  ["no path", { ...document, spec: { spiffe: { hint: "x" } } }, /spec\.spiffe\.id/],
  ["a misspelt field", { ...document, spec: { ...document.spec, rule: {} } }, /no such field/],
];
for (const [name, value, words] of refused) {
  test(`a document with ${name} is refused`, () => {
    assert.throws(
      () => parseResource(JSON.parse(JSON.stringify(value))),
      (error) => isAppError(error, "BAD_PARAMETER") && words.test(error.message),
    );
  });
}

test("a revocation is named by its serial number", () => {
  const resource = parseResource({
    kind: "workload_identity_x509_revocation",
    metadata: { name: "0a1b", expires: "2026-01-02T00:00:00Z" },
    spec: { reason: "lost", revoked_at: "2026-01-01T00:00:00Z" },
  });
  assert.equal(resourceName(resource), "0a1b");
  const written = formatResource("workload_identity_x509_revocation", resource.message as never);
  assert.deepEqual(written.spec, { reason: "lost", revoked_at: "2026-01-01T00:00:00Z" });
});
