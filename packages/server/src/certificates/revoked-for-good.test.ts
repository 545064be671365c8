import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AppError, isAppError } from "@sallyport/api";
import { fromKeyObject } from "@sallyport/ssh";
import { exportSpki, generateKey } from "@sallyport/x509";
import fc from "fast-check";
import { StoppedClock } from "../access-requests/testing/small-cluster.ts";
import { openAuditLog } from "../audit/index.ts";
import type { Permissions } from "../rpc/index.ts";
import { fakeCall, fakeSystem } from "../rpc/testing/fake-call.ts";
import { type Backend, openBackend } from "../storage/index.ts";
import { type Certificate, keysOf } from "./certificate.ts";
import { spkiFingerprint } from "./fingerprint.ts";
import { type Inventory, openInventory } from "./record-certificate.ts";
import { openRevocationView, type RevocationView } from "./revocation-view.ts";
import { type RevocationSelector, revokeCertificates } from "./revoke-certificates.ts";
import { findEntry, searchCertificates } from "./search-certificates.ts";

const HOUR = 3_600_000;
const users = ["alice", "bob"];
const { publicKey } = await generateKey("ecdsa-p256");
const spki = exportSpki(publicKey);
const everything: Permissions = { check: () => ({ allow: true, because: "" }), mayEver: () => true };

/** The room over a file that is closed and opened again. */
class World {
  readonly clock = new StoppedClock();
  readonly issued: Certificate[] = [];
  /** Ids that were answered to be revoked. */
  readonly revoked = new Set<string>();
  latestVersion = 0;
  readonly #path: string;
  backend!: Backend;
  view!: RevocationView;
  inventory!: Inventory;

  constructor(path: string) {
    this.#path = path;
  }

  async open(): Promise<void> {
    const { clock } = this;
    this.backend = await openBackend({ kind: "sqlite", path: this.#path, clock });
    this.view = await openRevocationView(this.backend, clock);
    this.inventory = openInventory({ backend: this.backend, revocations: this.view });
  }

  async close(): Promise<void> {
    this.view.close();
    await this.backend.close();
  }

  async issue(user: string, request: string | undefined): Promise<void> {
    const now = this.clock.now();
    const number = this.inventory.next(now);
    const certificate: Certificate = {
      id: number.id,
      kind: "user",
      user,
      caType: "user",
      ssh: {
        serial: number.sshSerial,
        fingerprint: `SHA256:${"A".repeat(42)}${user.length}`,
        ca: "SHA256:ca",
      },
      x509: { serial: number.x509Hex, fingerprint: spkiFingerprint(spki), ca: "ca" },
      principals: [user],
      roles: [],
      issuedAt: now,
      validAfterAt: now,
      expiresAt: now + HOUR,
      requester: user,
      impersonator: "",
      accessRequests: request === undefined ? [] : [request],
      remoteIp: "",
      usage: [],
      routes: [],
    };
    await this.inventory.record({ certificate, keys: {} });
    assert.ok(!this.issued.some(({ id }) => id === certificate.id), "a number came twice");
    this.issued.push(certificate);
  }

  async revoke(selector: RevocationSelector): Promise<void> {
    const audit = openAuditLog({ backend: this.backend, clock: this.clock, clusterName: "here" });
    const deps = { backend: this.backend, revocations: this.view, auditChange: audit.change };
    const call = fakeCall(fakeSystem("admin", ["Admin"], everything), { now: this.clock.now() });
    const wish = { selector, reason: "", dryRun: false };
    const report = await revokeCertificates(deps, wish, call).catch((error: unknown) => {
      assert.ok(isAppError(error, "BAD_PARAMETER"), String(error));
      return undefined;
    });
    for (const { certificate } of report?.entries ?? []) this.revoked.add(certificate.id);
    if ((report?.count ?? 0) > 0) {
      assert.ok(this.view.version > this.latestVersion, "the version of the lists has to go up");
    }
    this.latestVersion = this.view.version;
  }

  async check(): Promise<void> {
    assert.ok(this.view.version >= this.latestVersion, "the version of the lists went back");
    for (const { id, x509, expiresAt = 0 } of this.issued) {
      if (expiresAt <= this.clock.now()) continue;
      const shown = { caType: "user", serialNumber: BigInt(`0x${x509?.serial}`), spki };
      assert.equal(this.view.ofShown(shown) !== undefined, this.revoked.has(id), id);
      // Another authority's certificate of the same number is another certificate.
      assert.equal(this.view.ofShown({ ...shown, caType: "host" }), undefined);
    }
    const search = { limit: 1000, token: "", now: this.clock.now(), maxBytes: 1e9 };
    const found = await searchCertificates(
      { backend: this.backend, revocations: this.view },
      { ...search, filter: { goodOnly: true } },
    );
    assert.ok(found.entries.every(({ certificate }) => !this.revoked.has(certificate.id)));
  }
}

const act = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("issue" as const),
      user: fc.constantFrom(...users),
      request: fc.option(fc.constantFrom("r1", "r2"), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("revoke one" as const), which: fc.nat(50) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("revoke all" as const), user: fc.constantFrom(...users) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("revoke under" as const), request: fc.constantFrom("r1", "r2") }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(2 * HOUR) }) },
);

async function run(world: World, one: typeof act extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  if (one.do === "issue") return world.issue(one.user, one.request);
  if (one.do === "revoke all") return world.revoke({ by: "user", user: one.user });
  if (one.do === "revoke under") return world.revoke({ by: "access_request", accessRequest: one.request });
  if (one.do === "revoke one") {
    const named = world.issued[one.which % Math.max(1, world.issued.length)];
    return named && world.revoke({ by: "id", id: named.id });
  }
  if (one.do === "wait") return world.clock.advance(one.ms);
  await world.close();
  await world.open();
}

test("threat 18: a revoked certificate is never accepted again, also after restarts; numbers never come twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 15, maxLength: 40 }), async (acts) => {
      const folder = mkdtempSync(join(tmpdir(), "sallyport-revoked-"));
      const world = new World(join(folder, "certificates.sqlite"));
      await world.open();
      try {
        for (const one of acts) {
          await run(world, one);
          await world.check();
        }
      } finally {
        await world.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 6 },
  );
});

test("of many who revoke at once, none is told to try again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-revoked-"));
  const world = new World(join(folder, "certificates.sqlite"));
  await world.open();
  for (let index = 0; index < 60; index += 1) await world.issue("alice", undefined);
  await Promise.all(world.issued.map(({ id }) => world.revoke({ by: "id", id })));
  assert.equal(world.revoked.size, 60);
  await world.close();
  rmSync(folder, { recursive: true });
});

test("a revocation that comes while a certificate is recorded is not missed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-revoked-"));
  const world = new World(join(folder, "certificates.sqlite"));
  await world.open();
  await world.issue("alice", undefined);
  const [own] = world.issued;
  assert.ok(own?.x509);
  const shown = { caType: "user", serialNumber: BigInt(`0x${own.x509.serial}`), spki };
  const number = world.inventory.next(world.clock.now());
  const call = fakeCall({ ...fakeSystem("alice", [], everything), certificate: shown });
  const next = { ...own, id: number.id, x509: { ...own.x509, serial: number.x509Hex } };
  const revoking = world.revoke({ by: "id", id: own.id });
  const recording = world.inventory.record({ certificate: next, keys: {}, call });
  const [recorded] = await Promise.allSettled([recording, revoking]);
  const stored = await searchCertificates(
    { backend: world.backend, revocations: world.view },
    { filter: { user: "alice" }, limit: 10, token: "", now: world.clock.now(), maxBytes: 1e9 },
  );
  // Either it came first, or it was refused and nothing of it is stored.
  assert.equal(stored.entries.length, recorded.status === "fulfilled" ? 2 : 1);
  await assert.rejects(world.inventory.record({ certificate: next, keys: {}, call }), (error) =>
    isAppError(error, "CERTIFICATE_REVOKED"),
  );
  await world.close();
  rmSync(folder, { recursive: true });
});

test("threat 18: a lock that comes while a certificate is recorded keeps it from being released", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-revoked-"));
  const world = new World(join(folder, "certificates.sqlite"));
  await world.open();
  await world.issue("alice", undefined);
  const [own] = world.issued;
  assert.ok(own);
  let lock: string | undefined;
  const call = fakeCall({ ...fakeSystem("alice", [], everything), lockedBy: () => lock });
  const named = () => {
    if (lock !== undefined) throw new AppError("LOCKED", lock);
  };
  const isLocked = (error: unknown) => isAppError(error, "LOCKED");
  for (const who of [{ call }, { refuseLocked: named }]) {
    const record = () => {
      const certificate: Certificate = { ...own, id: world.inventory.next(world.clock.now()).id };
      return { certificate, recorded: world.inventory.record({ certificate, keys: {}, ...who }) };
    };
    const stored = (id: string) => findEntry({ backend: world.backend, revocations: world.view }, id);
    lock = "a lock";
    const before = record();
    await assert.rejects(before.recorded, isLocked);
    assert.equal(await stored(before.certificate.id), undefined);
    lock = undefined;
    const during = record();
    lock = "a lock";
    await assert.rejects(during.recorded, isLocked);
    assert.ok(await stored(during.certificate.id), "what may have been signed is known");
    lock = undefined;
    await record().recorded;
  }
  await world.close();
  rmSync(folder, { recursive: true });
});

test("a key is one key, whether SSH or X.509 writes it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-revoked-"));
  const world = new World(join(folder, "certificates.sqlite"));
  await world.open();
  await world.revoke({ by: "fingerprint", fingerprint: spkiFingerprint(spki) });
  assert.ok(world.view.ofKeys({ ssh: fromKeyObject(publicKey) }));
  assert.ok(world.view.ofKeys({ x509: spki }));
  const other = exportSpki((await generateKey("ecdsa-p256")).publicKey);
  assert.equal(world.view.ofKeys({ x509: other }), undefined);
  assert.deepEqual(keysOf({ ssh: undefined, x509: undefined }), []);
  await world.close();
  rmSync(folder, { recursive: true });
});
