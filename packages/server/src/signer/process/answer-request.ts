import type { SignerReply, SignerRequest } from "../protocol/messages.ts";
import type { Token } from "../token/token.ts";
import { TokenError } from "../token/token-error.ts";
import { decideSigning } from "./decide-signing.ts";

/** Does what is asked of an open token. Throws TokenError. */
export const answerRequest = (token: Token, request: Exclude<SignerRequest, { op: "open" }>): SignerReply =>
  request.op === "generate" ? generate(token, request) : sign(token, request);

function generate(token: Token, wish: Extract<SignerRequest, { op: "generate" }>): SignerReply {
  const { keyId, spki } = token.generate(wish);
  return { id: wish.id, ok: true, keyId, bytes: spki.toString("base64") };
}

function sign(
  token: Token,
  { id, keyId, digest, bytes }: Extract<SignerRequest, { op: "sign" }>,
): SignerReply {
  const key = token.key(keyId);
  const order = Buffer.from(bytes, "base64");
  const verdict = decideSigning(key, order, () => token.publicHalf(keyId, key));
  if (!verdict.allow) throw new TokenError("refused", verdict.because);
  return { id, ok: true, bytes: token.sign(key, digest, order).toString("base64") };
}

export function failureOf(error: unknown): Pick<Extract<SignerReply, { ok: false }>, "failure" | "because"> {
  if (error instanceof TokenError) return { failure: error.failure, because: error.message };
  // What else was thrown may quote anything.
  return { failure: "gone", because: "the signer failed" };
}
