import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalIp, ipOf, networkOf } from "./ip-address.ts";

test("threat 20: an address is written in one way, whoever wrote it", () => {
  const cases = {
    "192.0.2.1": "192.0.2.1",
    "192.0.02.001": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "::FFFF:c000:201": "192.0.2.1",
    "0:0:0:0:0:ffff:c000:0201": "192.0.2.1",
    "2001:DB8:0:0:0::1": "2001:db8::1",
    "::1": "::1",
    "": "",
    "fe80::1%eth0": "fe80::1%eth0",
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(canonicalIp(text), expected, text);
});

test("a source is an address of IPv4, or a network of IPv6", () => {
  const cases = {
    "192.0.2.1:50000": "192.0.2.1",
    "[2001:db8:1:2:3:4:5:6]:443": "2001:db8:1:2",
    "[2001:db8:1:2::1]:443": "2001:db8:1:2",
    "[2001:db8::1]:443": "2001:db8:0:0",
    "[2001::5:6:7:8:9:a]:443": "2001:0:5:6",
    "[2001:0db8:0001::1]:443": "2001:db8:1:0",
    "[::1]:443": "::1",
    "[::ffff:192.0.2.1]:443": "192.0.2.1",
    "[::ffff:c000:201]:443": "192.0.2.1",
    "[fe80::1%eth0]:443": "fe80:0:0:0",
  };
  for (const [address, source] of Object.entries(cases)) assert.equal(networkOf(ipOf(address)), source);
});
