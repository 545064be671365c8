import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newRole } from "../roles/index.ts";
import { decideLifetime, type LifetimeFacts, MAX_RENEWABLE_MS } from "./decide-lifetime.ts";
import type { CertSubject, GrantedRequest } from "./user-certs.ts";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 1);

const role = (hours: number) => newRole(`r${hours}`, { options: { maxSessionTtlMs: hours * HOUR } });
const request = (hours: number): GrantedRequest => ({
  id: "x",
  roles: [],
  resourceIds: [],
  accessExpiresAt: NOW + hours * HOUR,
});

function facts(subject: Partial<CertSubject>, other: Partial<LifetimeFacts> = {}): LifetimeFacts {
  return {
    subject: {
      ground: "self",
      username: "ann",
      roleNames: [],
      traits: {},
      roles: [role(30)],
      requests: [],
      impersonator: "",
      disallowReissue: false,
      renewable: false,
      ...subject,
    },
    now: NOW,
    askedAt: undefined,
    defaultTtlMs: 12 * HOUR,
    callerExpiresAt: NOW + 12 * HOUR,
    callerRenewable: false,
    ...other,
  };
}

const hours = (given: LifetimeFacts) => {
  const verdict = decideLifetime(given);
  return verdict.allow ? (verdict.expiresAt - NOW) / HOUR : verdict.reason;
};

test("how long a certificate lives", () => {
  const asked = (count: number) => ({ askedAt: NOW + count * HOUR });
  assert.equal(hours(facts({})), 12, "the default");
  assert.equal(hours(facts({}, asked(2))), 2, "as asked");
  assert.equal(hours(facts({}, asked(20))), 12, "never longer than the own certificate");
  assert.equal(hours(facts({ roles: [role(30), role(1)] })), 1, "the shortest role");
  assert.equal(hours(facts({ requests: [request(3)] })), 3, "the access of a request");
  assert.equal(
    hours(facts({ ground: "admin", roles: [role(1)] }, asked(8760))),
    8760,
    "the local administrator",
  );
  assert.equal(
    hours(facts({ ground: "impersonation", roles: [role(4)] }, asked(20))),
    4,
    "the roles of the other",
  );
  assert.equal(
    hours(facts({ roles: [role(1000)] }, { ...asked(1000), callerRenewable: true })),
    MAX_RENEWABLE_MS / HOUR,
  );
  const authorityEndsAt = NOW + 100 * HOUR;
  assert.equal(hours(facts({ ground: "admin" }, { ...asked(8760), authorityEndsAt })), 100, "the authority");
  assert.equal(hours(facts({}, { isSingleUse: true })), 1 / 60, "a single use");
  const proxy = { isLocalProxy: true, callerExpiresAt: NOW + 20 * HOUR, ...asked(19) };
  assert.equal(hours(facts({}, { ...proxy, isSingleUse: true })), 12, "a local proxy: a session");
  assert.equal(
    hours(facts({}, { ...proxy, callerExpiresAt: NOW + HOUR })),
    1,
    "a local proxy of a short one",
  );
  const everyTwo = newRole("two", {
    options: { requireSessionMfa: "session", mfaVerificationIntervalMs: 2 * HOUR },
  });
  const everyOne = newRole("one", { options: { mfaVerificationIntervalMs: HOUR } });
  const roles = [role(30), everyTwo, everyOne];
  assert.equal(hours(facts({ roles }, proxy)), 2, "a local proxy: until a second factor is due again");
  assert.equal(
    hours(facts({ roles }, { ...proxy, requiresSessionMfa: true })),
    1,
    "where the cluster wants one",
  );
  const everyDay = newRole("day", {
    options: { requireSessionMfa: "session", mfaVerificationIntervalMs: 24 * HOUR },
  });
  assert.equal(hours(facts({ roles: [role(30), everyDay] }, proxy)), 12, "a second factor that lasts longer");
  assert.equal(hours(facts({ roles: [everyOne] }, proxy)), 12, "a local proxy that needs no second factor");
  assert.equal(hours(facts({ roles }, { ...asked(12), requiresSessionMfa: true })), 12, "no local proxy");
  assert.equal(hours(facts({ ground: "admin" }, asked(-1))), "BAD_PARAMETER", "in the past");
  assert.equal(hours(facts({ ground: "impersonation" }, asked(0))), "BAD_PARAMETER", "now, for another");
  assert.equal(
    hours(facts({}, { callerExpiresAt: undefined })),
    "ACCESS_DENIED",
    "an identity without an end",
  );
  assert.equal(hours(facts({ requests: [request(-1)] })), "ACCESS_DENIED", "an access that is over");
});

test("a wish that lies in the past is refused in the words at which clients log in again", () => {
  for (const ground of ["self", "role request"] as const) {
    assert.deepEqual(decideLifetime(facts({ ground }, { askedAt: NOW - 1 })), {
      ...{ allow: false, reason: "CERTIFICATE_EXPIRED" },
      because: "access denied: client credentials have expired, please relogin.",
    });
  }
});

test("threat 17: a certificate never outlives an access request, a role or the certificate it rests on", () => {
  const time = fc.integer({ min: 1, max: 400 });
  fc.assert(
    fc.property(time, time, time, fc.array(time, { maxLength: 3 }), (asked, own, ttl, requests) => {
      const subject = { roles: [role(ttl), role(30)], requests: requests.map(request) };
      const given = facts(subject, { askedAt: NOW + asked * HOUR, callerExpiresAt: NOW + own * HOUR });
      const lives = hours(given);
      assert.ok(typeof lives === "number" && lives <= Math.min(asked, own, ttl, 30, ...requests));
    }),
  );
});
