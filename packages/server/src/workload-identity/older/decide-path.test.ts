import assert from "node:assert/strict";
import { test } from "node:test";
import { newRole, type SpiffeCondition } from "../../roles/index.ts";
import { decidePath } from "./decide-path.ts";

const condition = (path: string, dnsSans: string[] = [], ipSans: string[] = []): SpiffeCondition => ({
  path,
  dnsSans,
  ipSans,
});
const allowing = newRole("allowing", {
  allow: {
    spiffe: [
      condition("/svc/*", ["*.example"], ["10.0.0.0/8", "2001:db8::/32"]),
      condition("^/exact/[0-9]+$"),
      condition("^(broken$"),
    ],
  },
});
const denying = newRole("denying", {
  deny: {
    spiffe: [
      condition("/svc/secret"),
      condition("/svc/names", ["bad.example"]),
      condition("/svc/net", [], ["10.1.0.0/16"]),
    ],
  },
});

const table: [string, string, string[], string[], boolean][] = [
  ["a glob", "/svc/a", [], [], true],
  ["another path", "/other", [], [], false],
  ["an expression, whole", "/exact/12", [], [], true],
  ["an expression, part of the path", "/exact/12/x", [], [], false],
  ["an allowed name", "/svc/a", ["web.example"], [], true],
  ["a name that nobody allows", "/svc/a", ["web.other"], [], false],
  ["a name where the condition has none", "/exact/1", ["web.example"], [], false],
  ["an allowed address", "/svc/a", [], ["10.2.3.4", "2001:db8::1"], true],
  ["an address outside", "/svc/a", [], ["11.0.0.1"], false],
  ["no address at all", "/svc/a", [], ["10.0.0"], false],
  ["a denied path", "/svc/secret", [], [], false],
  ["a denied path with a name", "/svc/secret", ["web.example"], [], false],
  ["a denied name", "/svc/names", ["web.example", "bad.example"], [], false],
  ["another name on that path", "/svc/names", ["web.example"], [], true],
  ["a denied network", "/svc/net", [], ["10.1.0.1"], false],
  ["another network on that path", "/svc/net", [], ["10.2.0.1"], true],
];
for (const [name, path, dnsSans, ipSans, allow] of table) {
  test(`${name}: ${allow ? "allowed" : "refused"}`, () => {
    assert.equal(decidePath([denying, allowing], { path, dnsSans, ipSans }).allow, allow);
  });
}

test("threat 14: what is no network holds no address", () => {
  for (const network of ["10.0.0.0/33", "10.0.0.0", "10.0.0.0/8/8", "10.0.0.0/x", "2001:db8::/129", ""]) {
    const odd = newRole("odd", { allow: { spiffe: [condition("/a", [], [network])] } });
    for (const address of ["10.0.0.0", "2001:db8::"]) {
      const wish = { path: "/a", dnsSans: [], ipSans: [address] };
      assert.equal(decidePath([odd], wish).allow, false, `${address} in ${network}`);
    }
  }
});

test("threat 14: a denial with a broken pattern denies", () => {
  const broken = newRole("broken", { deny: { spiffe: [condition("^($")] } });
  assert.equal(decidePath([broken, allowing], { path: "/svc/a", dnsSans: [], ipSans: [] }).allow, false);
});
