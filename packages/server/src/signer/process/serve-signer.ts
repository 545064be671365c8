import { encodeFrame, FrameReader } from "../protocol/frames.ts";
import { type SignerReply, type SignerRequest, signerRequest } from "../protocol/messages.ts";
import type { Token } from "../token/token.ts";
import { TokenError } from "../token/token-error.ts";
import { answerRequest, failureOf } from "./answer-request.ts";

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
    return answerRequest(token, request);
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
