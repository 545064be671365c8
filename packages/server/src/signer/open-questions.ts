import { encodeFrame, FrameReader } from "./protocol/frames.ts";
import { type SignerReply, type SignerRequest, signerReply } from "./protocol/messages.ts";

type WithoutId<R> = R extends SignerRequest ? Omit<R, "id"> : never;

/** What was asked over one stream of frames and is not answered yet. */
export class OpenQuestions {
  readonly #waiting = new Map<number, { resolve(reply: SignerReply): void; reject(error: Error): void }>();
  readonly #reader = new FrameReader((message) => this.#answered(signerReply.parse(message)));
  #nextId = 1;
  #ended = false;

  ask(question: WithoutId<SignerRequest>, write: (frame: Buffer) => void): Promise<SignerReply> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(ended());
        return;
      }
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      write(encodeFrame({ ...question, id }));
    });
  }

  /** Throws for what is no answer; nothing can be read after it. */
  take(part: Buffer): void {
    this.#reader.take(part);
  }

  /** Refuses all of them. False where that was done before. */
  end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(ended());
    this.#waiting.clear();
    return true;
  }

  #answered(reply: SignerReply): void {
    this.#waiting.get(reply.id)?.resolve(reply);
    this.#waiting.delete(reply.id);
  }
}

const ended = () => new Error("the signer ended before it answered");
