import { encodeFrame, FrameReader } from "../protocol/frames.ts";
import { type SignerReply, type SignerRequest, signerRequest } from "../protocol/messages.ts";
import type { Token } from "../token/token.ts";
import { TokenError } from "../token/token-error.ts";
import { decideSigning } from "./decide-signing.ts";

export interface SignerStreams {
  readonly input: NodeJS.ReadableStream;
  write(frame: Buffer): void;
  /** Ends the process: what failed once in a module is not to be relied on. */
  end(): void;
}

type OpenToken = (place: Extract<SignerRequest, { op: "open" }>["place"]) => Token;

/** Answers one request after the other until the input ends, which it does when the daemon does. */
export function serveSigner({ input, write, end }: SignerStreams, open: OpenToken): void {
  let token: Token | undefined;
  const answer = (request: SignerRequest): SignerReply => {
    if (request.op === "open") {
      token = open(request.place);
      return { id: request.id, ok: true };
    }
    if (token === undefined) throw new TokenError("refused", "no token is open");
    return request.op === "generate" ? generate(token, request) : sign(token, request);
  };
  const reader = new FrameReader((message) => {
    const request = signerRequest.parse(message);
    try {
      write(encodeFrame(answer(request)));
    } catch (error) {
      const { failure, because } = failureOf(error);
      write(encodeFrame({ id: request.id, ok: false, failure, because } satisfies SignerReply));
      if (failure === "gone" || failure === "stop") end();
    }
  });
  input.on("data", (part: Buffer) => {
    try {
      reader.take(part);
    } catch {
      end();
    }
  });
  input.on("end", end);
}

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

function failureOf(error: unknown): Pick<Extract<SignerReply, { ok: false }>, "failure" | "because"> {
  if (error instanceof TokenError) return { failure: error.failure, because: error.message };
  // What else was thrown may quote anything.
  return { failure: "gone", because: "the signer failed" };
}
