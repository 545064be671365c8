import { AppError } from "@sallyport/api";
import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { SignerReply, SignerRequest, TokenPlace } from "./protocol/messages.ts";
import { connectToSigner, type ServicePlace } from "./service/connect-to-signer.ts";
import type { TokenSigner } from "./signer.ts";
import { startSignerChild } from "./signer-child.ts";
import type { Question, SignerLink } from "./signer-link.ts";

export interface SignerSetup {
  /** A token for a signer process of our own, or where one listens that somebody else has started. */
  readonly place: TokenPlace | ServicePlace;
  readonly clock: Clock;
  readonly logger: Logger;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;
/** A module that takes longer than that hangs; an RSA key takes some tokens a minute. */
const ANSWER_MS = { open: 30_000, sign: 10_000, generate: 120_000 } as const;

/** Opens the token in a process of its own and keeps one running, or connects to the one that listens. Throws UNAVAILABLE where the first one fails. */
export async function openSigner(
  setup: SignerSetup,
): Promise<TokenSigner & { readonly pid: () => number | undefined }> {
  const keeper = new SignerKeeper(setup);
  await keeper.start();
  return {
    pid: () => keeper.pid,
    generate: async (wish) => {
      const { keyId = "", bytes = "" } = await keeper.ask({ op: "generate", ...wish });
      return { keyId, spki: Buffer.from(bytes, "base64") };
    },
    sign: async ({ bytes, ...order }) => {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
      const { bytes: signature = "" } = await keeper.ask({ op: "sign", ...order, bytes: text });
      return Buffer.from(signature, "base64");
    },
    close: () => keeper.close(),
  };
}

type Answer = Extract<SignerReply, { ok: true }>;

/** One link to a signer at a time. One that ends is followed by the next, later and later while they fail. */
class SignerKeeper {
  readonly #setup: SignerSetup;
  #link: SignerLink | undefined;
  #isOpen = false;
  #waitMs = FIRST_WAIT_MS;
  #cancel = () => {};
  #because = "it has not started";
  /** Trying again makes it worse: tokens count wrong PINs, and then lock. */
  #isOver = false;
  #isClosed = false;

  constructor(setup: SignerSetup) {
    this.#setup = setup;
  }

  get pid(): number | undefined {
    return this.#link?.pid;
  }

  async start(): Promise<void> {
    const link = linkTo(this.#setup, () => this.#ended(link));
    this.#link = link;
    try {
      await this.#answer(link, "open", () => link.open());
      this.#isOpen = true;
      this.#waitMs = FIRST_WAIT_MS;
    } catch (error) {
      // Of a first start that fails nothing stays behind; a later one is followed by another.
      if (!this.#isKept) this.#isOver = true;
      link.kill();
      throw error;
    } finally {
      this.#isKept ||= this.#isOpen;
    }
  }
  #isKept = false;

  async ask(question: Question): Promise<Answer> {
    const link = this.#link;
    if (link === undefined || !this.#isOpen) throw unavailable(this.#because);
    return this.#answer(link, question.op, () => link.ask(question));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isOver = true;
    this.#because = "the service is stopping";
    this.#cancel();
    this.#link?.kill();
  }

  async #answer(link: SignerLink, op: SignerRequest["op"], ask: () => Promise<SignerReply>): Promise<Answer> {
    const cancel = this.#setup.clock.after(ANSWER_MS[op], () => {
      this.#because = "it did not answer in time";
      link.kill();
    });
    try {
      const reply = await ask();
      if (reply.ok) return reply;
      this.#because = reply.because;
      if (reply.failure === "stop") this.#isOver = true;
      throw unavailable(reply.because);
    } catch (error) {
      throw error instanceof AppError ? error : unavailable(this.#because, error);
    } finally {
      cancel();
    }
  }

  #ended(link: SignerLink): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    if (this.#isOpen) this.#because = link.endWords.because;
    this.#isOpen = false;
    if (this.#isOver || !this.#isKept) return;
    const { clock, logger } = this.#setup;
    logger.error(link.endWords.log, { waitMs: this.#waitMs });
    this.#cancel = clock.after(this.#waitMs, () => {
      this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
      this.start().then(
        () => logger.info("the signer is there again"),
        (error: unknown) => {
          if (!this.#isClosed) logger.error("the signer could not be started", { error });
        },
      );
    });
  }
}

function linkTo({ place, clock }: SignerSetup, onEnd: () => void): SignerLink {
  return "socketPath" in place ? connectToSigner({ ...place, clock }, onEnd) : startSignerChild(place, onEnd);
}

const unavailable = (because: string, cause?: unknown) =>
  new AppError("UNAVAILABLE", `the signer of CA keys is not available: ${because}`, {
    cause,
    details: {
      hint: "The log of the auth service says more. It tries again by itself, unless the PIN is wrong.",
    },
  });
