import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { CertificateSchema } from "@sallyport/api/gen/sallyport/certificates/v1/certificate_inventory_service_pb.js";
import fc from "fast-check";
import { type Certificate, certificateKinds } from "./certificate.ts";
import { decodeCertificate, encodeCertificate } from "./store.ts";

const instant = fc.integer({ min: 1, max: 4e12 });
const words = fc.array(fc.string({ minLength: 1 }), { maxLength: 3 });
const part = { fingerprint: fc.string({ minLength: 1 }), ca: fc.string({ minLength: 1 }) };
const plain = <T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(parts, { noNullPrototype: true });
const entry: fc.Arbitrary<Certificate> = plain({
  id: fc.stringMatching(/^[0-9a-f]{16}$/),
  kind: fc.constantFrom(...certificateKinds),
  user: fc.string({ unit: "grapheme" }),
  caType: fc.string(),
  ssh: fc.option(plain({ serial: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), ...part }), {
    nil: undefined,
  }),
  x509: fc.option(plain({ serial: fc.stringMatching(/^[0-9a-f]{32}$/), ...part }), { nil: undefined }),
  principals: words,
  roles: words,
  issuedAt: instant,
  validAfterAt: instant,
  expiresAt: fc.option(instant, { nil: undefined }),
  requester: fc.string(),
  impersonator: fc.string(),
  accessRequests: words,
  remoteIp: fc.string(),
  usage: words,
  routes: words,
});

test("an entry is written as the contract says, octet for octet, and read as it was", () => {
  fc.assert(
    fc.property(entry, (certificate) => {
      const bytes = encodeCertificate(certificate);
      const message = fromBinary(CertificateSchema, bytes);
      assert.equal(message.$unknown, undefined);
      assert.deepEqual(Buffer.from(toBinary(CertificateSchema, message)), Buffer.from(bytes));
      assert.deepEqual(decodeCertificate(bytes), certificate);
    }),
  );
});
