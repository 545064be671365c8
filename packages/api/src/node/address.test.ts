import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "../errors/index.ts";
import { formatAddress, parseAddress } from "./address.ts";

test("addresses: with and without port, IPv4 and IPv6", () => {
  for (const [text, formatted] of [
    ["auth.example.com", "auth.example.com:3025"],
    ["auth.example.com:443", "auth.example.com:443"],
    ["127.0.0.1:1", "127.0.0.1:1"],
    ["::1", "[::1]:3025"],
    ["[::1]", "[::1]:3025"],
    ["[fe80::1]:65535", "[fe80::1]:65535"],
  ] as const) {
    assert.equal(formatAddress(parseAddress(text)), formatted);
  }
});

test("what is no address is refused, in words", () => {
  for (const text of [
    "",
    "https://auth",
    "auth:0",
    "auth:65536",
    "auth:x",
    "a b",
    "a:1:2",
    "[::1",
    "auth/path",
    "\nauth",
  ]) {
    assert.throws(
      () => parseAddress(text),
      (error) => isAppError(error, "BAD_PARAMETER") && /write it as host:3025/.test(error.message),
    );
  }
});
