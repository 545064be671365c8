import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { chmodSync, chownSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { type AppError, isAppError } from "@sallyport/api";
import { bytes, OpenedSigners, wish } from "./testing/opened-signers.ts";
import { LABEL, makeSoftToken, needsSoftHsm, PIN, type SoftToken } from "./testing/soft-token.ts";

describe("the signer process", needsSoftHsm, () => {
  let token: SoftToken;
  const opened = new OpenedSigners();

  before(() => {
    token = makeSoftToken();
    // The module reads it in the signer, whose environment is that of the daemon.
    process.env.SOFTHSM2_CONF = token.configFile;
  });
  after(() => token?.remove());
  afterEach(async () => {
    writeFileSync(token.place.pinPath, `${PIN}\n`);
    await opened.close();
  });

  const open = (place: Partial<SoftToken["place"]> = {}) => opened.open({ ...token.place, ...place });

  for (const algorithm of ["ecdsa-p256", "rsa-2048"] as const) {
    it(`makes a key of ${algorithm} in the token and signs what others verify, also after a new start`, async () => {
      const first = await open();
      const { keyId, spki } = await first.generate({ ...wish, algorithm });
      const key = createPublicKey({ key: spki, format: "der", type: "spki" });
      for (const digest of ["sha256", "sha512"] as const) {
        assert.ok(verify(digest, bytes, key, await first.sign({ keyId, digest, bytes })));
      }
      await first.close();
      const again = await open({ tokenLabel: undefined, slotNumber: undefined });
      assert.ok(verify("sha256", bytes, key, await again.sign({ keyId, digest: "sha256", bytes })));
    });
  }

  it("signs side by side where it is told to, each with what it was asked for", async () => {
    const signer = await open({ sessions: 3 });
    for (const algorithm of ["ecdsa-p256", "rsa-2048"] as const) {
      const { keyId, spki } = await signer.generate({ ...wish, algorithm });
      const key = createPublicKey({ key: spki, format: "der", type: "spki" });
      const texts = Array.from({ length: 40 }, (_, n) => Buffer.from(`eyJhbGciOiJFUzI1NiJ9.eyJzdWIi${n}`));
      const asked = texts.map((text) => signer.sign({ keyId, digest: "sha256", bytes: text }));
      const stranger = { keyId: "0".repeat(32), digest: "sha256", bytes } as const;
      await assert.rejects(signer.sign(stranger), /has no key/);
      const signatures = await Promise.all(asked);
      for (const [n, text] of texts.entries()) assert.ok(verify("sha256", text, key, signatures[n] ?? bytes));
      assert.equal(new Set(signatures.map((one) => one.toString("hex"))).size, texts.length);
    }
  });

  it("makes keys that cannot be read out, not even with the PIN", async () => {
    await (await open()).generate(wish);
    const said = execFileSync(
      "pkcs11-tool",
      ["--module", token.place.modulePath, "--token-label", LABEL, "--login", "--pin", PIN, "--list-objects"],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    assert.match(
      said,
      /Private Key Object; EC[\s\S]*?Access:\s+sensitive, always sensitive, never extractable/,
    );
    assert.match(said, /label:\s+sallyport jwt jwt one\.example/);
  });

  it("threat 15: refuses what a key was not made for, unknown keys, and goes on", async () => {
    const signer = await open();
    const { keyId } = await signer.generate({ ...wish, use: "tls", caType: "user" });
    const refused = (says: RegExp) => (error: unknown) =>
      isAppError(error, "UNAVAILABLE") && says.test(error.message);
    await assert.rejects(
      signer.sign({ keyId, digest: "sha256", bytes }),
      refused(/for tls of user, .* is a token/),
    );
    const stranger = { keyId: "0".repeat(32), digest: "sha256", bytes } as const;
    await assert.rejects(signer.sign(stranger), refused(/has no key 0000/));
    const nothing = { keyId, digest: "sha256", bytes: Buffer.from([0x30, 0]) } as const;
    await assert.rejects(signer.sign(nothing), refused(/no certificate, revocation list or OCSP response/));
    assert.ok((await signer.generate(wish)).keyId !== keyId);
  });

  it("that is killed answers Unavailable to those who wait, and is followed by another", async () => {
    const signer = await open();
    const { keyId, spki } = await signer.generate(wish);
    const key = createPublicKey({ key: spki, format: "der", type: "spki" });
    for (let round = 0; round < 2; round += 1) {
      const pid = signer.pid();
      assert.ok(pid !== undefined);
      // Stopped first, so that nothing is answered before the end comes.
      process.kill(pid, "SIGSTOP");
      const waiting = Array.from({ length: 20 }, () => signer.sign({ keyId, digest: "sha256", bytes }));
      process.kill(pid, "SIGKILL");
      for (const one of await Promise.allSettled(waiting)) {
        assert.ok(one.status === "rejected" && isAppError(one.reason, "UNAVAILABLE"), JSON.stringify(one));
      }
      const signature = await untilThere(() => signer.sign({ keyId, digest: "sha256", bytes }));
      assert.ok(verify("sha256", bytes, key, signature));
    }
  });

  it("does not try a wrong PIN twice, says so, and never says the PIN", async () => {
    const signer = await open();
    const { keyId } = await signer.generate(wish);
    writeFileSync(token.place.pinPath, "999999\n");
    await assert.rejects(open(), (error) => {
      assert.ok(isAppError(error, "UNAVAILABLE"));
      assert.match(error.message, /the PIN is wrong/);
      assert.doesNotMatch(JSON.stringify([error.message, error.details]), /999999/);
      return true;
    });
    process.kill(signer.pid() ?? 0, "SIGKILL");
    const order = { keyId, digest: "sha256", bytes } as const;
    const wrong = () =>
      signer.sign(order).then(
        () => assert.fail("it signed"),
        (error: AppError) => assert.match(error.message, /PIN is wrong/),
      );
    await untilThere(wrong);
    // Its right PIN is back; but whoever tries again by themselves would have locked the token meanwhile.
    writeFileSync(token.place.pinPath, `${PIN}\n`);
    await wait(600);
    assert.equal(signer.pid(), undefined);
    await wrong();
  });

  it("names what is missing, and nothing stays behind", async () => {
    const before = children().length;
    const cases: readonly (readonly [Partial<SoftToken["place"]>, RegExp])[] = [
      [{ tokenLabel: "another" }, /there is no token labelled "another"/],
      [{ tokenLabel: undefined, slotNumber: 7 }, /there is no token in slot 7/],
      [{ modulePath: "/nowhere/module.so" }, /the module \/nowhere\/module.so cannot be loaded/],
      [{ modulePath: token.place.pinPath }, /cannot be loaded/],
      [{ pinPath: join(token.folder, "none") }, /the PIN file .*none cannot be read \(ENOENT\)/],
      [{ pinPath: token.folder }, /is not a file/],
    ];
    for (const [place, says] of cases) {
      await assert.rejects(
        open(place),
        (error) => isAppError(error, "UNAVAILABLE") && says.test(error.message),
      );
    }
    chmodSync(token.place.pinPath, 0o644);
    await assert.rejects(open(), /can be read by others \(mode 644\): chmod 600/);
    chmodSync(token.place.pinPath, 0o600);
    if (process.geteuid?.() === 0) {
      chownSync(token.place.pinPath, 65_534, 0);
      await assert.rejects(open(), /the PIN file .* belongs to another user \(uid 65534, .* chown 0/);
      chownSync(token.place.pinPath, 0, 0);
    }
    await untilThere(async () => assert.equal(children().length, before));
  });

  it("threat 23: has the PIN and the native code, and this process has neither", async () => {
    const signer = await open();
    const loaded = (pid: number) => readFileSync(`/proc/${pid}/maps`, "utf8");
    assert.match(loaded(signer.pid() ?? 0), /libsofthsm2/);
    assert.doesNotMatch(loaded(process.pid), /libsofthsm2|koffi/);
    const argv = readFileSync(`/proc/${signer.pid()}/cmdline`, "utf8");
    assert.doesNotMatch(argv, new RegExp(PIN));
    await signer.close();
    await assert.rejects(signer.generate(wish), /the service is stopping|process ended/);
  });
});

/** Processes of ours that are signers. */
function children(): readonly string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      const [, , , parent] = readFileSync(`/proc/${Number(name)}/stat`, "utf8").split(" ");
      return Number(parent) === process.pid;
    } catch {
      return false;
    }
  });
}

async function untilThere<T>(act: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + 8000; ; ) {
    try {
      return await act();
    } catch (error) {
      if (performance.now() > end) throw error;
      await wait(20);
    }
  }
}
