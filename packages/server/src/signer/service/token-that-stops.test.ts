import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { isAppError } from "@sallyport/api";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { openSigner } from "../open-signer.ts";
import type { TokenKeyWish } from "../signer.ts";
import type { Token } from "../token/token.ts";
import { TokenError } from "../token/token-error.ts";
import { listenForDaemon } from "./listen-for-daemon.ts";

const wish: TokenKeyWish = { algorithm: "ecdsa-p256", use: "jwt", caType: "jwt", clusterName: "one.example" };
const made = { keyId: "a".repeat(32), spki: Buffer.from("spki") };

test("a signer that ends for good is followed by the one that somebody has mended", {
  timeout: 20_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-stop-"));
  chmodSync(folder, 0o700);
  const place = { socketPath: join(folder, "socket"), secretPath: join(folder, "secret") };
  const secret = Buffer.alloc(32, 7);
  writeFileSync(place.secretPath, secret.toString("base64"), { mode: 0o600 });
  const common = { clock: systemClock, logger: silentLogger };
  const listen = async (generate: () => typeof made) => {
    const token = { generate } as unknown as Token;
    const broken = Promise.withResolvers<string>();
    const setup = { socketPath: place.socketPath, secret, token, ...common, onBroken: broken.resolve };
    return { broken: broken.promise, ...(await listenForDaemon(setup)) };
  };
  const first = await listen(() => {
    throw new TokenError("stop", "the PIN has expired");
  });
  const signer = await openSigner({ place, ...common });
  try {
    await assert.rejects(
      signer.generate(wish),
      (error) => isAppError(error, "UNAVAILABLE") && /PIN has expired/.test(error.message),
    );
    assert.equal(await first.broken, "stop");
    await first.close();
    const second = await listen(() => made);
    let answer: unknown;
    while (answer === undefined) {
      answer = await signer.generate(wish).catch(() => wait(20));
    }
    assert.deepEqual(answer, made);
    await signer.close();
    await second.close();
  } finally {
    await signer.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
