import { type SignerReply, type SignerRequest, signerRequest } from "../protocol/messages.ts";
import type { Token } from "../token/token.ts";
import { TokenError } from "../token/token-error.ts";
import { decideSigning } from "./decide-signing.ts";

type Failure = Extract<SignerReply, { ok: false }>;

/** Reads what is asked and answers it, also where that fails. Throws for what is no request. */
export function replyTo(
  message: unknown,
  answer: (request: SignerRequest) => SignerReply | Promise<SignerReply>,
): Promise<SignerReply> {
  const request = signerRequest.parse(message);
  const answered = async () => answer(request);
  return answered().catch((error: unknown) => ({ id: request.id, ok: false, ...failureOf(error) }));
}

/** A module that failed so once is not to be relied on, and neither is its process. */
export const isTheEnd = (reply: SignerReply): reply is Failure =>
  !reply.ok && (reply.failure === "gone" || reply.failure === "stop");

/** Does what is asked of an open token. Throws TokenError. */
export const answerRequest = (
  token: Token,
  request: Exclude<SignerRequest, { op: "open" }>,
  now: number,
): SignerReply | Promise<SignerReply> =>
  request.op === "generate" ? generate(token, request, now) : sign(token, request);

function generate(token: Token, wish: Extract<SignerRequest, { op: "generate" }>, now: number): SignerReply {
  const { keyId, spki } = token.generate(wish, now);
  return { id: wish.id, ok: true, keyId, bytes: spki.toString("base64") };
}

async function sign(
  token: Token,
  { id, keyId, digest, bytes }: Extract<SignerRequest, { op: "sign" }>,
): Promise<SignerReply> {
  const key = token.key(keyId);
  const order = Buffer.from(bytes, "base64");
  const verdict = decideSigning(key, order, () => token.publicHalf(keyId, key));
  if (!verdict.allow) throw new TokenError("refused", verdict.because);
  return { id, ok: true, bytes: (await token.sign(key, digest, order)).toString("base64") };
}

function failureOf(error: unknown): Pick<Failure, "failure" | "because"> {
  if (error instanceof TokenError) return { failure: error.failure, because: error.message };
  // What else was thrown may quote anything.
  return { failure: "gone", because: "the signer failed" };
}
