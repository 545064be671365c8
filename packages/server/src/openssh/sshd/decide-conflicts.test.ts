import assert from "node:assert/strict";
import { test } from "node:test";
import { decideConflicts, decideMismatches } from "./decide-conflicts.ts";
import { decideProbes } from "./decide-probes.ts";
import { parseSshdSettings } from "./sshd-settings.ts";

const wanted = {
  revokedkeys: ["/s/revoked_keys"],
  trustedusercakeys: ["/s/user_ca.pub"],
  authorizedprincipalsfile: ["none"],
  authorizedprincipalscommand: ["none"],
  pubkeyauthentication: ["yes"],
  hostkey: [],
  hostcertificate: ["/s/a-cert.pub"],
};

const directive = (keyword: string, value: string, match?: string) => ({
  keyword,
  value,
  file: "/f",
  line: 3,
  match,
});

test("what other files say about the same directives, and what it would mean", () => {
  const cases: [ReturnType<typeof directive>, RegExp | undefined][] = [
    [directive("port", "22"), undefined],
    [directive("constructor", "x"), undefined],
    [directive("hostcertificate", "/other"), undefined],
    [directive("hostkey", "/other"), undefined],
    [directive("revokedkeys", "/s/revoked_keys"), undefined],
    [directive("pubkeyauthentication", "yes", "User git"), undefined],
    [directive("authorizedprincipalsfile", "none"), undefined],
    // sshd takes "none" for a command, and no principal counts then.
    [
      directive("authorizedprincipalscommand", "none"),
      /^\/f:3: AuthorizedPrincipalsCommand none is set there too/,
    ],
    [directive("revokedkeys", "/x"), /RevokedKeys \/x is set there too; sshd takes the first value/],
    [
      directive("revokedkeys", "none", "User git"),
      /"Match User git" instead: what the cluster revokes would go on/,
    ],
    [directive("pubkeyauthentication", "no", "all"), /would be refused there/],
    [directive("authorizedprincipalsfile", "/p", "all"), /who may log in would be decided by that there/],
  ];
  for (const [one, words] of cases) {
    const [found] = decideConflicts([one], wanted);
    if (words === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", words);
  }
});

test("what is in force is compared value by value", () => {
  const inForce = (text: string) => decideMismatches(parseSshdSettings(text), wanted, undefined);
  const good = `revokedkeys /s/revoked_keys
trustedusercakeys /s/user_ca.pub
authorizedprincipalsfile none
authorizedprincipalscommand none
pubkeyauthentication yes
hostcertificate /other-cert.pub
hostcertificate /s/a-cert.pub
hostkey /k
`;
  assert.deepEqual(inForce(good), []);
  for (const keyword of ["revokedkeys", "trustedusercakeys", "pubkeyauthentication"]) {
    const without = good.replace(new RegExp(`^${keyword} .*$`, "m"), "");
    assert.equal(inForce(without).length, 1, `without ${keyword} it is not as it was written`);
    assert.equal(inForce(good.replace(new RegExp(`^${keyword} .*$`, "m"), `${keyword} none`)).length, 1);
  }
  assert.equal(inForce(good.replace("principalsfile none", "principalsfile /p")).length, 1);
  assert.equal(inForce(good.replace("/s/a-cert.pub", "/s/b-cert.pub")).length, 1);
});

test("each Match block has a connection that satisfies it, as far as words go", () => {
  const match = (criteria: string) => directive("port", "1", criteria);
  const probeOf = (criteria: string) => decideProbes([match(criteria)], []).at(-1);
  const cases = [
    ["User git", { user: "git" }],
    ["User !root,deploy-*", { user: "deploy-1" }],
    ["Address 10.0.0.0/8,192.168.0.0/16", { addr: "10.0.0.0" }],
    ["Host *.example.com User a?", { host: "1.example.com", user: "a1" }],
    ["user=git", { user: "git" }],
    ["Group wheel", {}],
    ["User $(id),x", {}],
  ] as const;
  const usual = { user: "sallyport-probe", host: "probe.invalid", addr: "192.0.2.1" };
  for (const [criteria, expected] of cases) {
    const probe = probeOf(criteria);
    const named =
      Object.keys(expected).length === 0
        ? [usual, { ...usual, user: "root", addr: "127.0.0.1" }]
        : [{ ...usual, ...expected }];
    assert.ok(
      named.some((one) => JSON.stringify(one) === JSON.stringify(probe)),
      `${criteria}: ${JSON.stringify(probe)}`,
    );
  }
});
