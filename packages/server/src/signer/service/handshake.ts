import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { AppError } from "@sallyport/api";
import { z } from "zod";
import { readPrivateFile } from "../../kernel/read-private-file.ts";

const SECRET_BYTES = 32;
const NONCE_BYTES = 32;
const CONTEXT = "sallyport signer 1";

const octets = z.base64().length(44);

/** The signer speaks first, and each side proves to the other that it has the secret, which never crosses the socket. */
export const helloMessage = z.strictObject({ nonce: octets });
export const proofMessage = z.strictObject({ nonce: octets, proof: octets });
export const welcomeMessage = z.strictObject({ proof: octets });
/** What is longer is no part of a handshake. */
export const MAX_HANDSHAKE_BYTES = 512;
/** One that takes longer is given up, on either side. */
export const HANDSHAKE_MS = 5_000;

export type Side = "daemon" | "signer";
export type Nonces = Readonly<Record<Side, string>>;

export const newNonce = (): string => randomBytes(NONCE_BYTES).toString("base64");

/**
 * What a side shows for the secret. Both nonces are in it, so nothing that was overheard serves again, and the side, so
 * that nobody's own proof can be handed back to them.
 */
export const proofOf = (secret: Buffer, side: Side, { daemon, signer }: Nonces): string =>
  createHmac("sha256", secret).update(`${CONTEXT} ${side} ${daemon} ${signer}`).digest("base64");

export function isProof(shown: string, secret: Buffer, side: Side, nonces: Nonces): boolean {
  const [given, wanted] = [
    Buffer.from(shown, "base64"),
    Buffer.from(proofOf(secret, side, nonces), "base64"),
  ];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** 256 bits in base64, from a file that this user alone may touch. Throws BAD_PARAMETER. */
export async function readSecret(path: string): Promise<Buffer> {
  const text = (await readPrivateFile(path)).trim();
  const secret = Buffer.from(text, "base64");
  if (secret.length === SECRET_BYTES && secret.toString("base64") === text) return secret;
  throw new AppError("BAD_PARAMETER", `the secret file ${path} does not hold 256 bits in base64`, {
    details: { hint: `Make one: (umask 077; openssl rand -base64 32 > ${path})` },
  });
}
