import { Worker } from "node:worker_threads";
import { AppError } from "@sallyport/api/errors";
import type { WriterData, WriterReply, WriterRequest } from "./messages.ts";

type ReplyOf<K extends WriterReply["kind"]> = Extract<WriterReply, { kind: K }>;
type Answer = (reply: WriterReply) => void;

/** The writer's thread, asked one thing at a time. It keeps the process alive only while it works. */
export class WriterLink {
  readonly #worker: Worker;
  readonly #onBroken: (error: Error) => void;
  #waiting: Answer | undefined;
  #closed = false;

  private constructor(worker: Worker, onBroken: (error: Error) => void) {
    this.#worker = worker;
    this.#onBroken = onBroken;
    worker.on("message", (reply: WriterReply) => this.#answer(reply));
    worker.on("error", (error) => this.#break(error));
    worker.on("exit", () => this.#break(new Error("the writer's thread has ended")));
  }

  /** Resolves when the writer has opened its connection. `onBroken` is called if its thread dies. */
  static async start(data: WriterData, onBroken: (error: Error) => void): Promise<WriterLink> {
    // Built code runs as .js, the source as .ts.
    const file = import.meta.url.endsWith(".ts") ? "./writer.ts" : "./writer.js";
    // Of the flags of the process only this one matters here, and some would keep a thread from starting.
    const execArgv = process.execArgv.filter((flag) => flag.startsWith("--conditions="));
    const options = { workerData: data, name: "storage-writer", execArgv };
    const worker = new Worker(new URL(file, import.meta.url), options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const link = new WriterLink(worker, (error) => {
      reject(error);
      onBroken(error);
    });
    link.#waiting = () => resolve();
    await promise;
    return link;
  }

  /** Only when `answer` of the request before was called. */
  send(request: WriterRequest, answer: Answer): void {
    if (this.#waiting !== undefined) throw new Error("the writer is asked one thing at a time");
    this.#waiting = answer;
    this.#worker.ref();
    this.#worker.postMessage(request, request.kind === "group" ? [request.commits.buffer] : []);
  }

  /** Closes the database and ends the thread. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#worker.once("exit", () => resolve());
    this.#closed = true;
    this.send({ kind: "close" }, (reply) => {
      // Where closing fails the thread still has to go; the write-ahead log keeps what was committed.
      if (reply.kind === "failed") void this.#worker.terminate();
    });
    await promise;
  }

  /** Ends a thread that has failed. */
  async terminate(): Promise<void> {
    this.#closed = true;
    await this.#worker.terminate();
  }

  #answer(reply: WriterReply): void {
    const answer = this.#waiting;
    this.#waiting = undefined;
    answer?.(reply);
    if (this.#waiting === undefined && !this.#closed) this.#worker.unref();
  }

  #break(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onBroken(error);
  }
}

/** The reply of the kind that was asked for; throws UNAVAILABLE where the writer failed. */
export function expectReply<K extends WriterReply["kind"]>(reply: WriterReply, kind: K): ReplyOf<K> {
  if (reply.kind === kind) return reply as ReplyOf<K>;
  const why = reply.kind === "failed" ? reply.failure.message : `it answered ${reply.kind}`;
  throw new AppError("UNAVAILABLE", `the database cannot be written: ${why}`);
}
