import assert from "node:assert/strict";
import { test } from "node:test";
import { type CaType, caTypes, type KeyUse } from "./ca-types.ts";
import { authorityAlgorithm, signatureSuites } from "./signature-suite.ts";

const [RSA, EC, ED] = ["rsa-2048", "ecdsa-p256", "ed25519"] as const;

/** Authority and use; then legacy, balanced-v1, fips-v1, hsm-v1. */
const table: readonly (readonly [CaType, KeyUse, ...string[]])[] = [
  ["host", "ssh", RSA, ED, EC, EC],
  ["host", "tls", RSA, EC, EC, EC],
  ["user", "ssh", RSA, ED, EC, EC],
  ["user", "tls", RSA, EC, EC, EC],
  ["db", "tls", RSA, RSA, RSA, RSA],
  ["db_client", "tls", RSA, RSA, RSA, RSA],
  ["openssh", "ssh", RSA, ED, EC, EC],
  ["jwt", "jwt", RSA, EC, EC, EC],
  ["saml_idp", "tls", RSA, RSA, RSA, RSA],
  ["oidc_idp", "jwt", RSA, RSA, RSA, RSA],
  ["spiffe", "tls", RSA, EC, EC, EC],
  ["spiffe", "jwt", RSA, RSA, RSA, RSA],
  ["okta", "jwt", RSA, EC, EC, EC],
  ["awsra", "tls", RSA, EC, EC, EC],
  ["bound_keypair", "jwt", RSA, ED, EC, EC],
];

test("each suite gives every key of every authority its algorithm", () => {
  for (const [type, use, ...expected] of table) {
    const chosen = signatureSuites.map((suite) => authorityAlgorithm(suite, type, use));
    assert.deepEqual(chosen, expected, `${type} ${use}`);
  }
});

test("the table has every key that there is", () => {
  const all = Object.entries(caTypes).flatMap(([type, uses]) => uses.map((use) => `${type} ${use}`));
  assert.deepEqual(table.map(([type, use]) => `${type} ${use}`).sort(), all.sort());
});
