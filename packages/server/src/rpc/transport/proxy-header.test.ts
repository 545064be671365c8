import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decideAddress } from "./decide-address.ts";
import { parseProxyHeader } from "./proxy-header.ts";

const v1 = (line: string) => parseProxyHeader(Buffer.from(line, "latin1"));

const signature = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
function v2(versionAndCommand: number, family: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt8(versionAndCommand, 0);
  head.writeUInt8(family, 1);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([signature, head, body]);
}
const ipv4Body = Buffer.from("c0000201c0000202d43117d1", "hex");
const ipv6Body = Buffer.concat([
  Buffer.from("20010db8000000000000000000000001", "hex"),
  Buffer.from("20010db8000000000000000000000002", "hex"),
  Buffer.from("d43117d1", "hex"),
]);
const tlv = (type: number, value: Buffer) => {
  const head = Buffer.alloc(3);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
};

const headers: [name: string, bytes: Buffer | string, expected: object][] = [
  [
    "v1 with IPv4",
    "PROXY TCP4 192.0.2.1 192.0.2.2 54321 3025\r\nrest",
    { kind: "header", bytes: 43, address: { ip: "192.0.2.1", port: 54321 } },
  ],
  [
    "v1 with IPv6",
    "PROXY TCP6 2001:DB8::1 2001:db8::2 1 2\r\n",
    { kind: "header", bytes: 40, address: { ip: "2001:db8::1", port: 1 } },
  ],
  ["v1 UNKNOWN", "PROXY UNKNOWN whatever\r\n", { kind: "header", bytes: 24, address: undefined }],
  ["v1 so far", "PROX", { kind: "incomplete" }],
  ["v1 without its end", "PROXY TCP4 192.0.2.1", { kind: "incomplete" }],
  [
    "v1 without end at all",
    `PROXY ${"x".repeat(120)}`,
    { kind: "refused", because: "the PROXY v1 line is too long" },
  ],
  ["TLS", Buffer.from([0x16, 0x03, 0x01]), { kind: "none" }],
  ["v2 so far", signature.subarray(0, 5), { kind: "incomplete" }],
  ["v2 without its body", v2(0x21, 0x11, ipv4Body).subarray(0, 20), { kind: "incomplete" }],
  [
    "v2 with IPv4",
    v2(0x21, 0x11, ipv4Body),
    { kind: "header", bytes: 28, address: { ip: "192.0.2.1", port: 54321 } },
  ],
  [
    "v2 with IPv6",
    v2(0x21, 0x21, ipv6Body),
    { kind: "header", bytes: 52, address: { ip: "2001:db8::1", port: 54321 } },
  ],
  [
    "v2 with IPv4 within IPv6",
    v2(
      0x21,
      0x21,
      Buffer.concat([Buffer.from("00000000000000000000ffffc0000201", "hex"), ipv6Body.subarray(16)]),
    ),
    { kind: "header", bytes: 52, address: { ip: "192.0.2.1", port: 54321 } },
  ],
  ["v2 LOCAL", v2(0x20, 0x00, Buffer.alloc(0)), { kind: "header", bytes: 16, address: undefined }],
  [
    "v2 with a field of a load balancer",
    v2(0x21, 0x11, Buffer.concat([ipv4Body, tlv(0xea, Buffer.from("vpce"))])),
    { kind: "header", bytes: 35, address: { ip: "192.0.2.1", port: 54321 } },
  ],
  [
    "v2, signed",
    v2(0x21, 0x11, Buffer.concat([ipv4Body, tlv(0xe4, Buffer.from("jwt"))])),
    { kind: "refused", because: "signed PROXY headers are not supported" },
  ],
];

for (const [name, bytes, expected] of headers) {
  test(`a PROXY header: ${name}`, () => {
    assert.deepEqual(parseProxyHeader(Buffer.from(bytes as string, "latin1")), expected);
  });
}

const malformed: [name: string, bytes: Buffer][] = [
  ["version", v2(0x31, 0x11, ipv4Body)],
  ["command", v2(0x22, 0x11, ipv4Body)],
  ["address", v2(0x21, 0x11, ipv4Body.subarray(0, 8))],
  ["family", v2(0x21, 0x31, ipv4Body)],
  ["length", v2(0x21, 0x11, Buffer.alloc(5000))],
  ["length, before that much is there", v2(0x21, 0x11, Buffer.alloc(5000)).subarray(0, 16)],
  ["fields", v2(0x21, 0x11, Buffer.concat([ipv4Body, Buffer.from([1, 0xff, 0xff])]))],
];
for (const [name, bytes] of malformed) {
  test(`a PROXY v2 header with a bad ${name} is refused`, () => {
    assert.equal(parseProxyHeader(bytes).kind, "refused");
  });
}

for (const line of [
  "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n",
  "PROXY TCP4 2001:db8::1 192.0.2.2 1 2\r\n",
  "PROXY TCP6 :::: ::1 1 2\r\n",
  "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
  "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
  "PROXY TCP4 192.0.2.1\r\n",
  "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
  "PROXY \r\n",
]) {
  test(`a PROXY v1 line that is malformed is refused: ${JSON.stringify(line)}`, () => {
    assert.equal(v1(line).kind, "refused");
  });
}

test("no bytes make the parser throw, and what it takes off is never more than there is", () => {
  const start = fc.constantFrom(Buffer.alloc(0), Buffer.from("PROXY "), signature, v2(0x21, 0x11, ipv4Body));
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
      const bytes = Buffer.concat([head, tail]);
      const header = parseProxyHeader(bytes);
      assert.ok(header.kind !== "header" || header.bytes <= bytes.length);
    }),
  );
});

test("the address of a connection follows the mode", () => {
  const remote = { ip: "198.51.100.1", port: 40_000 };
  const claimed = { ip: "192.0.2.1", port: 54_321 };
  const none = { kind: "none" } as const;
  const header = { kind: "header", bytes: 1, address: claimed } as const;
  const local = { kind: "header", bytes: 1, address: undefined } as const;
  const elsewhere = { remote, localIp: "198.51.100.9" };
  const samePeer = { remote, localIp: remote.ip };
  assert.deepEqual(decideAddress("on", header, elsewhere), { ok: true, address: claimed });
  assert.deepEqual(decideAddress("on", local, elsewhere), { ok: true, address: remote });
  assert.equal(decideAddress("on", none, elsewhere).ok, false);
  assert.deepEqual(decideAddress("on", none, samePeer), { ok: true, address: remote });
  assert.equal(decideAddress("off", header, elsewhere).ok, false);
  assert.deepEqual(decideAddress("off", none, elsewhere), { ok: true, address: remote });
  assert.deepEqual(decideAddress("unset", header, elsewhere), {
    ok: true,
    address: { ip: claimed.ip, port: 0 },
  });
  assert.deepEqual(decideAddress("unset", none, elsewhere), { ok: true, address: remote });
});
