import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "@sallyport/api";
import fc from "fast-check";
import {
  formatAnswer,
  formatIntroduction,
  parseAuthorities,
  parseIntroduction,
} from "./handshake-message.ts";

const document = {
  kind: "cert_authority",
  version: "v2",
  metadata: { name: "two.example", labels: { a: "b" } },
  spec: {
    type: "user",
    cluster_name: "two.example",
    roles: ["editor"],
    role_map: [{ remote: "*", local: ["editor"] }],
    field_of_another_release: 1,
    active_keys: {
      ssh: [{ public_key: "cA==", private_key: "c2VjcmV0", private_key_type: 0 }],
      tls: [{ cert: "dA==", key: "c2VjcmV0" }],
      keys_of_another_release: [],
    },
  },
};
const encoded = (json: unknown) => Buffer.from(JSON.stringify(json)).toString("base64");

test("of an authority its keys are read, whatever else another release writes", () => {
  const [authority] = parseAuthorities({ certificate_authorities: [encoded(document)] });
  const { Spec: spec, SubKind, Metadata: metadata } = authority!;
  assert.deepEqual([SubKind, metadata?.Name, spec?.Roles, spec?.RoleMap], ["user", "two.example", [], []]);
  const [ssh, tls] = [spec?.ActiveKeys?.SSH[0], spec?.ActiveKeys?.TLS[0]];
  assert.deepEqual([Buffer.from(ssh!.PublicKey).toString(), ssh!.PrivateKey.length], ["p", 0]);
  assert.deepEqual([Buffer.from(tls!.Cert).toString(), tls!.Key.length], ["t", 0]);
});

test("what one cluster writes the other one reads", () => {
  const authorities = parseAuthorities({ certificate_authorities: [encoded(document)] });
  const sent = JSON.parse(JSON.stringify(formatIntroduction({ token: "t", authorities }, "18.0.0")));
  assert.equal(sent.teleport_version, "18.0.0");
  assert.deepEqual(parseIntroduction(sent), { token: "t", authorities });
  assert.deepEqual(parseAuthorities(JSON.parse(JSON.stringify(formatAnswer(authorities)))), authorities);
});

test("threat 9: whatever a stranger sends is read or refused, and never breaks the reader", () => {
  const bodies = fc.oneof(
    fc.anything(),
    fc.record({
      token: fc.anything(),
      certificate_authorities: fc.array(fc.oneof(fc.anything(), fc.json().map(encodeText))),
    }),
  );
  fc.assert(
    fc.property(bodies, (body) => {
      try {
        parseIntroduction(body);
      } catch (error) {
        assert.ok(isAppError(error, "BAD_PARAMETER"), String(error));
      }
    }),
  );
  const many = { token: "t", certificate_authorities: new Array(33).fill(encoded(document)) };
  assert.throws(() => parseIntroduction(many), /no certificate authorities/);
});

const encodeText = (text: string) => Buffer.from(text).toString("base64");
