import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { dirname } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { isAppError } from "@sallyport/api";
import { encodeFrame, FrameReader } from "../protocol/frames.ts";
import { bytes, OpenedSigners, wish } from "../testing/opened-signers.ts";
import { makeTestSigner, type TestSigner, users } from "../testing/signer-service.ts";
import { needsSoftHsm, PIN } from "../testing/soft-token.ts";
import { newNonce, proofOf, readSecret } from "./handshake.ts";

describe("a signer that is a service of its own", needsSoftHsm, () => {
  let signer: TestSigner;
  const opened = new OpenedSigners();

  before(async () => {
    signer = makeTestSigner();
    await signer.start();
  });
  after(() => signer?.remove());
  afterEach(() => opened.close());

  const open = (place: Partial<TestSigner["place"]> = {}) => opened.open({ ...signer.place, ...place });
  const unavailable = (says: RegExp) => (error: unknown) =>
    isAppError(error, "UNAVAILABLE") && says.test(error.message);

  it("makes keys and signs, with neither PIN nor native code on this side", async () => {
    const one = await open();
    for (const algorithm of ["ecdsa-p256", "rsa-2048"] as const) {
      const { keyId, spki } = await one.generate({ ...wish, algorithm });
      const key = createPublicKey({ key: spki, format: "der", type: "spki" });
      assert.ok(verify("sha256", bytes, key, await one.sign({ keyId, digest: "sha256", bytes })));
    }
    assert.doesNotMatch(readFileSync("/proc/self/maps", "utf8"), /libsofthsm2|koffi/);
    assert.match(readFileSync(`/proc/${signer.process?.pid}/maps`, "utf8"), /libsofthsm2/);
    assert.equal(statSync(signer.place.socketPath).mode & 0o777, 0o660);
    assert.equal(statSync(signer.place.socketPath).uid, users.signer.uid);
  });

  it("threat 23: serves a daemon of another user, who cannot read the PIN", async () => {
    const { asked, file } = await signer.askAs(users.daemon, signer.secretFor(users.daemon));
    assert.equal(asked, "signed");
    // Users are apart where root runs this, as CI does.
    assert.match(file, users.areApart ? /EACCES/ : /^read$/);
  });

  it("threat 15: who is not in its group does not get to the socket, and who is needs the secret", async () => {
    const stranger = await signer.askAs(users.stranger, signer.secretFor(users.stranger));
    assert.match(
      stranger.asked,
      users.areApart ? /this user may not use .*socket: put it into the group/ : /^signed$/,
    );
    const another = Buffer.alloc(32, 7).toString("base64");
    const { asked } = await signer.askAs(users.daemon, signer.secretFor(users.daemon, another));
    assert.match(asked, /the signer hung up: its secret is not that of/);
    const none = await signer.askAs(users.daemon, signer.secretFor(users.daemon, "short"));
    assert.match(none.asked, /does not hold 256 bits in base64; Make one/);
  });

  it("threat 15: refuses what a key was not made for, and to open what somebody else names", async () => {
    const one = await open();
    const { keyId } = await one.generate({ ...wish, use: "tls", caType: "user" });
    await assert.rejects(one.sign({ keyId, digest: "sha256", bytes }), unavailable(/is a token/));
    const place = { modulePath: "/nowhere.so", pinPath: "/nowhere" };
    const reply = await converse(await readSecret(signer.place.secretPath), { op: "open", id: 1, place });
    assert.deepEqual(reply, {
      ...{ id: 1, ok: false, failure: "refused" },
      because: "this signer has opened its own token",
    });
    assert.ok(await one.generate(wish));
  });

  it("threat 9: what is no handshake is hung up on, and nobody else notices", async () => {
    const one = await open();
    const header = Buffer.from([0x02, 0, 0, 0]);
    const messages = [
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      header,
      encodeFrame({ nonce: newNonce(), proof: newNonce() }),
      encodeFrame({ op: "generate", id: 1, ...wish }),
      encodeFrame({}),
    ];
    for (const message of messages) {
      const socket = createConnection(signer.place.socketPath);
      socket.resume().write(message);
      await once(socket, "close");
    }
    const { keyId } = await one.generate(wish);
    assert.ok(await one.sign({ keyId, digest: "sha256", bytes }));
  });

  /** One question of somebody who knows the secret. */
  async function converse(secret: Buffer, question: object): Promise<unknown> {
    const socket = createConnection(signer.place.socketPath);
    const nonces = { daemon: newNonce(), signer: "" };
    return new Promise((resolve, reject) => {
      const reader = new FrameReader((message) => {
        const said = message as { nonce?: string; proof?: string };
        if (said.nonce !== undefined) {
          nonces.signer = said.nonce;
          socket.write(encodeFrame({ nonce: nonces.daemon, proof: proofOf(secret, "daemon", nonces) }));
        } else if (said.proof !== undefined) socket.write(encodeFrame(question));
        else resolve(socket.destroy() && message);
      });
      socket.on("data", (part) => reader.take(part)).on("error", reject);
    });
  }

  it("threat 15: the proof of one connection is of no use in another, nor that of the other side", async () => {
    const secret = await readSecret(signer.place.secretPath);
    const [daemon, first, second] = [newNonce(), newNonce(), newNonce()];
    const proof = proofOf(secret, "daemon", { daemon, signer: first });
    assert.notEqual(proof, proofOf(secret, "daemon", { daemon, signer: second }));
    assert.notEqual(proof, proofOf(secret, "signer", { daemon, signer: first }));
    const socket = createConnection(signer.place.socketPath);
    let heard = 0;
    const reader = new FrameReader(() => {
      heard += 1;
      socket.write(encodeFrame({ nonce: daemon, proof }));
    });
    socket.on("data", (part) => reader.take(part));
    await once(socket, "close");
    assert.equal(heard, 1, "its greeting, and nothing after");
  });

  it("that is killed answers Unavailable to those who wait; the next one is found", async () => {
    const one = await open();
    const { keyId, spki } = await one.generate(wish);
    const key = createPublicKey({ key: spki, format: "der", type: "spki" });
    signer.process?.kill("SIGSTOP");
    const waiting = Array.from({ length: 20 }, () => one.sign({ keyId, digest: "sha256", bytes }));
    const settled = Promise.allSettled(waiting);
    await signer.kill();
    for (const each of await settled) {
      assert.ok(each.status === "rejected" && isAppError(each.reason, "UNAVAILABLE"), JSON.stringify(each));
    }
    await assert.rejects(
      one.sign({ keyId, digest: "sha256", bytes }),
      unavailable(/the connection to it ended/),
    );
    await signer.start();
    const signature = await untilThere(() => one.sign({ keyId, digest: "sha256", bytes }));
    assert.ok(verify("sha256", bytes, key, signature));
  });

  it("is waited for by a daemon that starts first, who says so where it never comes", async () => {
    await signer.kill();
    // In a process of its own, which nothing else keeps alive.
    const { asked } = await signer.askAs(users.daemon, signer.secretFor(users.daemon), 20);
    assert.match(asked, /not available: nobody listens at .*socket: start it with "sallyport signer start"/);
    const early = open();
    await signer.start();
    assert.ok(await (await early).generate(wish));
  });

  it("does not start where another one listens, or where others may put a socket", async () => {
    const second = await signer.run();
    assert.equal(second.code, 1);
    assert.match(second.output, /another signer listens at .*socket already/);
    await signer.kill();
    const folder = dirname(signer.place.socketPath);
    const refused = async (says: RegExp) => {
      const { code, output } = await signer.run();
      assert.equal(code, 1);
      assert.match(output, says);
    };
    chmodSync(folder, 0o770);
    await refused(/run is open to others \(mode 770\): chmod 750/);
    chmodSync(folder, 0o750);
    chmodSync(dirname(folder), 0o733);
    await refused(/is below .*, where others may write \(mode 733\): chmod go-w/);
    chmodSync(dirname(folder), 0o711);
    await signer.start();
    chmodSync(folder, 0o755);
    await assert.rejects(open(), unavailable(/is open to others \(mode 755\)/));
    chmodSync(folder, 0o750);
    await open();
  });

  it("ends with 78 where the PIN is wrong, so that nobody tries again, and never says it", async () => {
    await signer.kill();
    const { pinPath } = signer.token.place;
    writeFileSync(pinPath, "999999\n");
    const { code, output } = await signer.run();
    writeFileSync(pinPath, `${PIN}\n`);
    assert.equal(code, 78);
    assert.match(output, /the token cannot be opened.*the PIN is wrong/);
    assert.doesNotMatch(output, /999999/);
    if (users.areApart) {
      chownSync(pinPath, users.daemon.uid, users.daemon.gid);
      assert.match((await signer.run()).output, /cannot be read \(EACCES\)|belongs to another user/);
      chownSync(pinPath, users.signer.uid, users.signer.gid);
    }
    await signer.start();
  });

  it("ends at once when it is told to, and takes its socket away", async () => {
    const one = await open();
    const running = signer.process;
    running?.kill("SIGTERM");
    const [code] = (running && (await once(running, "exit"))) ?? [];
    assert.equal(code, 0);
    assert.ok(!existsSync(signer.place.socketPath));
    await assert.rejects(one.generate(wish), unavailable(/the connection to it ended/));
  });
});

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
