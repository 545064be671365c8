import assert from "node:assert/strict";
import { test } from "node:test";
import { isAppError } from "@sallyport/api";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { openAuthority } from "../authority/testing/open-authority.ts";
import type { SystemRole } from "../rpc/caller.ts";
import { callerWho } from "../rpc/testing/callers.ts";
import { fakeCall, fakeSystem } from "../rpc/testing/fake-call.ts";
import { GuessLimit } from "./guess-limit.ts";
import { handshakeRoutes } from "./handshake-route.ts";
import { openTrust } from "./testing/open-trust.ts";

const clock = new StoppedClock();
const refused = (reason: "ACCESS_DENIED" | "LIMIT_EXCEEDED") => (error: unknown) => isAppError(error, reason);

test("threat 9: whoever guesses tokens of clusters is slowed down, on all ways in together", async () => {
  const trust = openTrust(await openAuthority(clock, "two.example"), "two.example", clock);
  let asked = 0;
  const tokenOf: typeof trust.deps.tokenOf = async (name) => {
    asked += 1;
    return trust.deps.tokenOf(name);
  };
  const [route, other] = handshakeRoutes({ ...trust.deps, tokenOf });
  assert.ok(route && other);
  const guess = (way: typeof route, remoteAddress: string, now = clock.now()) => {
    const body = { token: "guess", certificate_authorities: [] };
    const call = fakeCall(callerWho("anonymous", "", []), { remoteAddress, now });
    return way.handle({ body: async () => body } as never, call);
  };
  const all = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) => guess(index % 2 === 0 ? route : other, `192.0.2.1:${index}`)),
  );
  const reasons = all.map((one) => (one.status === "rejected" ? one.reason.reason : "answered"));
  assert.equal(reasons.filter((reason) => reason === "LIMIT_EXCEEDED").length, 40);
  assert.equal(reasons.filter((reason) => reason === "answered").length, 0);
  assert.ok(asked <= 10, `${asked} tokens were looked up`);
  await assert.rejects(
    async () => guess(route, "192.0.2.1:9", clock.now() + 9_999),
    refused("LIMIT_EXCEEDED"),
  );
  const before = asked;
  await assert.rejects(async () => guess(route, "192.0.2.1:9", clock.now() + 20_001));
  await assert.rejects(async () => guess(route, "192.0.2.2:9"));
  assert.equal(asked, before + 2, "after a while, and from elsewhere, it is looked at");
});

test("threat 9: who guesses through a proxy, which alone sees where they are, slows nobody else down", async () => {
  const trust = openTrust(await openAuthority(clock, "two.example"), "two.example", clock);
  const [route] = handshakeRoutes(trust.deps);
  const body = { token: "guess", certificate_authorities: [] };
  const throughA = async (role: SystemRole) => {
    const caller = fakeSystem("one", [role], callerWho("user", "", []).permissions);
    const call = fakeCall(caller, { remoteAddress: "192.0.2.9:1" });
    return route?.handle({ body: async () => body } as never, call);
  };
  for (let i = 0; i < 20; i += 1) await assert.rejects(throughA("Proxy"), refused("ACCESS_DENIED"));
  for (let i = 0; i < 10; i += 1) await assert.rejects(throughA("Node"), refused("ACCESS_DENIED"));
  await assert.rejects(throughA("Node"), refused("LIMIT_EXCEEDED"));
});

test("who gets it right is never slowed down", async () => {
  const limit = new GuessLimit();
  for (let i = 0; i < 100; i += 1) {
    assert.equal(await limit.attempt("192.0.2.1:1", 0, async () => i), i);
  }
});

test("threat 9: what is remembered of sources has an end", async () => {
  const limit = new GuessLimit();
  const fail = (source: string) =>
    limit
      .attempt(source, 0, async () => {
        throw new Error("wrong");
      })
      .catch((error: unknown) => isAppError(error, "LIMIT_EXCEEDED"));
  for (let i = 0; i < 10; i += 1) await fail("192.0.2.1:1");
  assert.equal(await fail("192.0.2.1:1"), true);
  for (let i = 0; i < 10_001; i += 1) await fail(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:1`);
  assert.equal(await fail("192.0.2.1:1"), false);
});
