// Asks the signer for a key and a signature as another user: UID GID SOCKET SECRET FILE SPEED. Tells what became of it, and
// of reading the file. Its time goes by so many times faster.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { openSigner } from "../open-signer.ts";
import { become } from "./become.ts";

const [uid, gid, socketPath = "", secretPath = "", file = "", speed = "1"] = process.argv.slice(2);
become([uid, gid]);

const clock: Clock = {
  now: () => systemClock.now() * Number(speed),
  after: (ms, run) => systemClock.after(ms / Number(speed), run),
};

async function ask(): Promise<string> {
  const place = { socketPath, secretPath };
  const signer = await openSigner({ place, clock, logger: silentLogger });
  const { keyId, spki } = await signer.generate({
    algorithm: "ecdsa-p256",
    use: "jwt",
    caType: "jwt",
    clusterName: "one.example",
  });
  const bytes = Buffer.from("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0");
  const signature = await signer.sign({ keyId, digest: "sha256", bytes });
  await signer.close();
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  return verify("sha256", bytes, key, signature) ? "signed" : "a wrong signature";
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function read(): string {
  try {
    readFileSync(file);
    return "read";
  } catch (error) {
    return wordsOf(error);
  }
}

process.stdout.write(JSON.stringify({ asked: await ask().catch(wordsOf), file: read() }));
