import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import type { MethodRunner } from "./seam.ts";
import { makeTestCertificates } from "./testing/certificates.ts";
import { openTransport, verifyBy } from "./testing/open-transport.ts";
import type { VerifyPeer } from "./verify-peer.ts";

const HOUR_MS = 3_600_000;
const certificates = makeTestCertificates();
const bytes = (text: string) => Buffer.from(text);

test("threat 18: when a certificate ends, what runs is answered, and the client comes anew on another connection", async () => {
  const entered = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const due: (() => void)[] = [];
  const clock: Clock = {
    now: systemClock.now,
    after: (ms, run) => {
      if (ms < HOUR_MS) return systemClock.after(ms, run);
      due.push(run);
      return () => due.splice(due.indexOf(run), 1);
    },
  };
  const verifyPeer: VerifyPeer = async (shown, info) => {
    const verdict = await verifyBy(certificates.ca)(shown, info);
    return verdict.ok ? { ...verdict, expiresAt: Date.now() + 2 * HOUR_MS } : verdict;
  };
  const held: MethodRunner = {
    path: "/test.Service/Held",
    kind: "unary",
    run: async (request, { connection }) => {
      if (request.length > 0) {
        entered.resolve();
        await release.promise;
      }
      return bytes(String(connection.id));
    },
  };
  await using opened = await openTransport(certificates, [held], { clock, verifyPeer });
  const alice = opened.client(certificates.alice);
  const running = alice.unary(held.path, bytes("wait"));
  await entered.promise;
  assert.equal(due.length, 1);
  due[0]?.();
  const next = await alice.unary(held.path, bytes(""));
  release.resolve();
  assert.deepEqual([next.code, (await running).code], [0, 0]);
  assert.notEqual(next.bytes?.toString(), (await running).bytes?.toString());
});
