import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { isAppError } from "@sallyport/api";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { OpenedSigners, wish } from "../testing/opened-signers.ts";
import type { Token } from "../token/token.ts";
import { listenForDaemon } from "./listen-for-daemon.ts";

const made = { keyId: "a".repeat(32), spki: Buffer.from("spki") };
const folder = mkdtempSync(join(tmpdir(), "sallyport-many-"));
const place = { socketPath: join(folder, "socket"), secretPath: join(folder, "secret") };
const opened = new OpenedSigners();
const warnings: string[] = [];
let listener: { close(): Promise<void> };

before(async () => {
  chmodSync(folder, 0o700);
  const secret = Buffer.alloc(32, 7);
  writeFileSync(place.secretPath, secret.toString("base64"), { mode: 0o600 });
  const token = { generate: () => made } as unknown as Token;
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  const onBroken = () => undefined;
  listener = await listenForDaemon({ ...place, secret, token, clock: systemClock, logger, onBroken });
});
afterEach(() => opened.close());
after(async () => {
  await listener.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Connected, greeted, and silent from then on. */
async function waitThere(): Promise<Socket> {
  const socket = createConnection(place.socketPath);
  await once(socket, "data");
  return socket;
}

test("threat 9: who has no secret and only waits keeps no daemon out, nor ends one that is in", async () => {
  const early = await opened.open(place);
  const [first, ...others] = [
    await waitThere(),
    ...(await Promise.all(Array.from({ length: 63 }, waitThere))),
  ];
  assert.ok(first?.readable);
  const gone = once(first, "close");
  const late = await opened.open(place);
  await gone;
  for (const signer of [early, late]) assert.deepEqual(await signer.generate(wish), made);
  assert.ok(others.every((socket) => socket.readable));
  for (let more = 0; more < 200; more += 1) others.push(await waitThere());
  assert.deepEqual(await (await opened.open(place)).generate(wish), made);
  assert.equal(warnings.filter((message) => /do not show that they know the secret/.test(message)).length, 1);
  for (const socket of others) socket.destroy();
});

test("there is room for eight daemons, and again when one of them ends", async () => {
  const signers = [];
  for (let count = 0; count < 8; count += 1) signers.push(await opened.open(place));
  await assert.rejects(opened.open(place), (error) => isAppError(error, "UNAVAILABLE"));
  assert.deepEqual(await signers[7]?.generate(wish), made);
  await signers[0]?.close();
  let answer: unknown;
  while (answer === undefined) {
    answer = await opened.open(place).then(
      (signer) => signer.generate(wish),
      () => undefined,
    );
  }
  assert.deepEqual(answer, made);
});
