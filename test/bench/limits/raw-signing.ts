import { generateKeyPairSync, sign } from "node:crypto";
import { measureRaw } from "./measure-raw.ts";

/** The two signatures of GenerateUserCerts in suite balanced-v1, and nothing around them. */
export function measureSigning(rounds: number) {
  const { privateKey: p256 } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { privateKey: ed25519 } = generateKeyPairSync("ed25519");
  const body = Buffer.alloc(800, 1);
  return measureRaw(rounds, 5_000, () => {
    sign("sha256", body, p256);
    sign(null, body, ed25519);
  });
}
