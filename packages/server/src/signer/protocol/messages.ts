import { z } from "zod";

/** Each needs a thread, and there are four by default. */
export const MAX_SESSIONS = 4;
const MAX_BASE64 = 44 * 1024 * 1024;

/** Where the token is, and where its PIN is read from: by the signer alone. */
export const tokenPlace = z.strictObject({
  modulePath: z.string().min(1),
  tokenLabel: z.string().optional(),
  slotNumber: z.int().min(0).optional(),
  /** Signatures that are made side by side; 1 where it is left out. */
  sessions: z.int().min(1).max(MAX_SESSIONS).optional(),
  pinPath: z.string().min(1),
});
export type TokenPlace = z.output<typeof tokenPlace>;

const keyId = z.string().regex(/^[0-9a-f]{32}$/);
const name = z.string().min(1).max(255);

/** What the signer is asked. There is no question that brings a private key or the PIN back. */
export const signerRequest = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("open"), id: z.int(), place: tokenPlace }),
  z.strictObject({
    op: z.literal("generate"),
    id: z.int(),
    algorithm: z.enum(["ecdsa-p256", "rsa-2048"]),
    use: z.enum(["ssh", "tls", "jwt"]),
    caType: name,
    clusterName: name,
  }),
  z.strictObject({
    op: z.literal("sign"),
    id: z.int(),
    keyId,
    digest: z.enum(["sha256", "sha512"]),
    bytes: z.base64().max(MAX_BASE64),
  }),
]);
export type SignerRequest = z.output<typeof signerRequest>;

/** Why there is no answer. `stop` is for what trying again makes worse: tokens count wrong PINs. */
export const signerFailures = ["stop", "gone", "no key", "refused"] as const;
export type SignerFailure = (typeof signerFailures)[number];

export const signerReply = z.union([
  z.strictObject({ id: z.int(), ok: z.literal(true), keyId: keyId.optional(), bytes: z.base64().optional() }),
  z.strictObject({ id: z.int(), ok: z.literal(false), failure: z.enum(signerFailures), because: z.string() }),
]);
export type SignerReply = z.output<typeof signerReply>;
