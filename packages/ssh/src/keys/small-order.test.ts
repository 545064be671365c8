import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { wireString } from "../wire/write-wire.ts";
import { fromKeyObject } from "./public-key.ts";
import { formatPublicKeyLine, parsePublicKeyLine } from "./public-key-line.ts";
import { isSmallOrder } from "./small-order.ts";

const neutral = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]);
const blob = (octets: Uint8Array) => Buffer.concat([wireString("ssh-ed25519"), wireString(octets)]);
const line = (octets: Uint8Array) => `ssh-ed25519 ${blob(octets).toString("base64")}`;

test("threat 40: a key for which anybody can sign is none to bind a certificate to", () => {
  const last = (start: number, end: number) =>
    Buffer.concat([Buffer.from([start]), Buffer.alloc(30, 0xff), Buffer.from([end])]);
  const order8 = Buffer.from("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "hex");
  const signed = Buffer.from(neutral);
  signed[31] = 0x80;
  for (const key of [neutral, signed, Buffer.alloc(32), order8, last(0xec, 0x7f), last(0xee, 0xff)]) {
    assert.ok(isSmallOrder(key), key.toString("hex"));
    assert.throws(() => parsePublicKeyLine(line(key)), { code: "WEAK_KEY" });
  }
  const sound = formatPublicKeyLine(fromKeyObject(generateKeyPairSync("ed25519").publicKey));
  assert.equal(formatPublicKeyLine(parsePublicKeyLine(sound)), sound);
});
