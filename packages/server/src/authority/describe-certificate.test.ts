import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyIdentity, type Identity } from "@sallyport/api";
import { newRole } from "../roles/index.ts";
import type { Caller } from "../rpc/index.ts";
import { type DescriptionFacts, describeCertificate } from "./describe-certificate.ts";
import type { CertSubject } from "./user-certs.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 1);
const role = (name: string, logins: readonly string[], ttlHours = 30, pinSourceIp = false) =>
  newRole(name, { options: { maxSessionTtlMs: ttlHours * HOUR, pinSourceIp }, allow: { logins } });

function describe(subject: Partial<CertSubject>, own: Partial<Identity> = {}, ttlHours = 1) {
  const caller: Caller = {
    kind: "user",
    name: "ann",
    roles: [],
    traits: {},
    identity: { ...emptyIdentity("ann"), ...own },
    permissions: { check: () => ({ allow: false, explicit: false, because: "" }), mayEver: () => false },
  };
  const facts: DescriptionFacts = {
    subject: {
      ground: "self",
      username: "ann",
      roleNames: ["dev"],
      traits: {},
      roles: [role("dev", ["ubuntu"])],
      requests: [],
      impersonator: "",
      disallowReissue: false,
      renewable: false,
      ...subject,
    },
    wish: {
      username: "ann",
      expiresAt: undefined,
      format: "",
      usage: "all",
      routeToCluster: "",
      kubernetesCluster: "",
      nodeName: "",
      appName: "",
      databaseService: "",
      windowsDesktop: "",
      accessRequests: [],
      dropAccessRequests: [],
      roleRequests: [],
      useRoleRequests: false,
      reissuableRoleImpersonation: false,
    },
    caller,
    clusterName: "here",
    now: NOW,
    expiresAt: NOW + ttlHours * HOUR,
    remoteIp: "192.0.2.7",
    nonce: "n",
  };
  return describeCertificate(facts);
}

function described(...given: Parameters<typeof describe>) {
  const verdict = describe(...given);
  assert.ok(verdict.allow);
  return verdict.description;
}

test("logins come from roles that allow the lifetime, with the principal for joining sessions", () => {
  const roles = [role("dev", ["ubuntu"]), role("ops", ["root"], 1)];
  assert.deepEqual(described({ roles }, {}, 2).identity.principals, ["ubuntu"]);
  assert.deepEqual(described({ roles }, {}, 1).identity.principals, ["root", "ubuntu"]);
  assert.deepEqual(described({ roles }, {}, 2).sshPrincipals, ["ubuntu", "-teleport-internal-join"]);
  assert.equal(describe({ roles: [role("ops", ["root"], 1)] }, {}, 2).allow, false);
});

test("threat 2: a user without logins gets a principal that nobody has, never none", () => {
  assert.deepEqual(described({ roles: [role("dev", [])] }).identity.principals, ["-teleport-nologin-n"]);
});

test("threat 19: what binds the own certificate binds the next one", () => {
  const own = { loginIp: "198.51.100.1", mfaVerified: "device", allowedResourceIds: ["/here/node/a"] };
  const { identity } = described({}, own);
  assert.deepEqual(
    [identity.loginIp, identity.mfaVerified, identity.allowedResourceIds],
    [own.loginIp, own.mfaVerified, own.allowedResourceIds],
  );
  const pinned = described({ roles: [role("dev", ["a"], 30, true)] }, own).identity;
  assert.equal(
    pinned.pinnedIp,
    own.loginIp,
    "pinned to where the login came from, not to where the call comes from",
  );
  const pin = { ...own, pinnedIp: "198.51.100.7" };
  assert.equal(
    described({}, pin).identity.pinnedIp,
    pin.pinnedIp,
    "also where no role demands a pin any more",
  );
  assert.equal(described({ roles: [role("dev", ["a"], 30, true)] }, pin).identity.pinnedIp, pin.pinnedIp);
});

test("threat 22: who acts as somebody else does not lend them the own second factor, device or bot", () => {
  const device = { id: "d", assetTag: "a", credentialId: "c" };
  const own = { mfaVerified: "key", device, botName: "ci", botInstanceId: "i", generation: 3n };
  const kept = ({ identity }: ReturnType<typeof described>) => [
    identity.mfaVerified,
    identity.device,
    identity.botName,
    identity.botInstanceId,
  ];
  assert.deepEqual(kept(described({}, own)), ["key", device, "ci", "i"]);
  const other = described({ ground: "impersonation", username: "bob" }, own);
  assert.deepEqual(kept(other), ["", undefined, "", ""]);
});

test("an access request names itself and its resources", () => {
  const requests = [{ id: "r", roles: ["x"], resourceIds: ["/here/node/b"], accessExpiresAt: NOW + HOUR }];
  const { identity } = described({ requests });
  assert.deepEqual([identity.activeRequests, identity.allowedResourceIds], [["r"], ["/here/node/b"]]);
});
