import type { Clock } from "../../kernel/clock.ts";
import { encodeFrame, FrameReader } from "../protocol/frames.ts";
import type { SignerReply, SignerRequest } from "../protocol/messages.ts";
import type { Token } from "../token/token.ts";
import { TokenError } from "../token/token-error.ts";
import { answerRequest, isTheEnd, replyTo } from "./answer-request.ts";

export interface SignerStreams {
  readonly clock: Clock;
  readonly input: NodeJS.ReadableStream;
  write(frame: Buffer): void;
  /** Ends the process: what failed once in a module is not to be relied on. */
  end(): void;
}

type OpenToken = (place: Extract<SignerRequest, { op: "open" }>["place"]) => Token;

/** Answers requests, as each is done, until the input ends, which it does when the daemon does. */
export function serveSigner({ clock, input, write, end }: SignerStreams, open: OpenToken): void {
  let token: Token | undefined;
  const answer = (request: SignerRequest): SignerReply | Promise<SignerReply> => {
    if (request.op === "open") {
      token = open(request.place);
      return { id: request.id, ok: true };
    }
    if (token === undefined) throw new TokenError("refused", "no token is open");
    return answerRequest(token, request, clock.now());
  };
  const reader = new FrameReader((message) => {
    const told = replyTo(message, answer).then((reply) => {
      write(encodeFrame(reply));
      if (isTheEnd(reply)) end();
    });
    told.catch(end);
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
