import assert from "node:assert/strict";
import { test } from "node:test";
import { decideSigning } from "./decide-signing.ts";

const string = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
const shapes = {
  x509: Buffer.from([0x30, 3, 2, 1, 1]),
  long: Buffer.concat([Buffer.from([0x30, 0x82, 1, 0]), Buffer.alloc(256)]),
  certificate: Buffer.concat([string("ecdsa-sha2-nistp256-cert-v01@openssh.com"), Buffer.alloc(40)]),
  list: Buffer.from("SSHSIG\0\0\0\0"),
  token: Buffer.from("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0"),
  // Nothing of these may be signed by any key.
  more: Buffer.from([0x30, 3, 2, 1, 1, 0]),
  cut: Buffer.from([0x30, 0x82, 1, 0, 0]),
  userauth: Buffer.concat([string("session"), Buffer.from([50]), string("root")]),
  plainKey: Buffer.concat([string("ssh-ed25519"), Buffer.alloc(40)]),
  text: Buffer.from("hello"),
  none: Buffer.alloc(0),
  binaryToken: Buffer.from("eyJh\n.eyJz"),
} as const;

/** Use and authority of a key; what it signs. Everything else is refused. */
const table: readonly (readonly ["ssh" | "tls" | "jwt", string, ...(keyof typeof shapes)[]])[] = [
  ["tls", "user", "x509", "long"],
  ["tls", "db_client", "x509", "long", "token"],
  ["ssh", "user", "certificate", "list"],
  ["ssh", "openssh", "certificate", "list"],
  ["jwt", "jwt", "token"],
];

for (const [use, caType, ...allowed] of table) {
  test(`threat 15: a key for ${use} of ${caType} signs ${allowed.join(" and ")}, and nothing else`, () => {
    const key = { use, caType, clusterName: "one.example" };
    const signed = Object.entries(shapes).filter(([, bytes]) => decideSigning(key, bytes).allow);
    assert.deepEqual(
      signed.map(([name]) => name),
      allowed,
    );
  });
}
