import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { X509Error } from "../x509-error.ts";
import { decodePem, decodePemBlock, encodePem } from "./pem.ts";

test("blocks round-trip, several in one text, with text between them", () => {
  const blocks = fc.array(
    fc.tuple(fc.constantFrom("CERTIFICATE", "PUBLIC KEY"), fc.uint8Array({ minLength: 1 })),
  );
  fc.assert(
    fc.property(blocks, (list) => {
      const text = list.map(([label, der]) => `subject: somebody\r\n${encodePem(label, der)}`).join("");
      const read = decodePem(text).map(({ label, der }) => [label, Uint8Array.from(der)]);
      assert.deepEqual(
        read,
        list.map(([label, der]) => [label, Uint8Array.from(der)]),
      );
    }),
  );
});

const wrong: readonly [what: string, text: string][] = [
  ["no END line", "-----BEGIN A-----\nAAAA\n"],
  ["a different END line", "-----BEGIN A-----\nAAAA\n-----END B-----\n"],
  ["no BEGIN line", "-----END A-----\n"],
  ["a block in a block", "-----BEGIN A-----\n-----BEGIN A-----\nAAAA\n-----END A-----\n"],
  ["headers", "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END A-----\n"],
  ["bad base64", "-----BEGIN A-----\nAA!A\n-----END A-----\n"],
  ["cut base64", "-----BEGIN A-----\nAAA\n-----END A-----\n"],
  ["an empty block", "-----BEGIN A-----\n-----END A-----\n"],
];

for (const [what, text] of wrong) {
  test(`a PEM text with ${what} is refused`, () => {
    assert.throws(() => decodePem(text), { name: "X509Error", code: "MALFORMED" });
  });
}

test("a block is found by its label, and the message never shows content", () => {
  const text = encodePem("PRIVATE KEY", Buffer.from("secret")) + encodePem("CERTIFICATE", Buffer.from("c"));
  assert.equal(decodePemBlock(text, ["CERTIFICATE"]).der.toString(), Buffer.from("c").toString());
  assert.throws(
    () => decodePemBlock(text, ["PUBLIC KEY"]),
    (error: unknown) => error instanceof X509Error && !error.message.includes("c2Vj"),
  );
  assert.throws(() => decodePem("x".repeat(5_000_000)), { code: "TOO_LARGE" });
});
