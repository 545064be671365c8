import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A script of this folder in a process of its own, which answers one question after the other. */
export class HelperProcess<Question, Answer> {
  readonly #child;

  constructor(script: string) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.#child = fork(path, { serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the process did not start");
    return this.#child.pid;
  }

  async ask(question: Question): Promise<Answer> {
    const failed = new AbortController();
    const answered = once(this.#child, "message", { signal: failed.signal });
    const ended = once(this.#child, "exit", { signal: failed.signal }).then(([code]) => {
      throw new Error(`process ${this.pid} ended with ${code}`);
    });
    this.#child.send(question as object);
    try {
      const [answer] = await Promise.race([answered, ended]);
      return answer as Answer;
    } finally {
      failed.abort();
      for (const promise of [answered, ended]) promise.catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill();
    await ended;
  }
}

/** The other side: answers every question with what `reply` makes of it; a failure ends the process, loudly. */
export function answerQuestions<Question, Answer>(reply: (question: Question) => Promise<Answer> | Answer) {
  process.on("message", async (question) => {
    process.send?.(await reply(question as Question));
  });
  // Whoever asks is gone, perhaps by a fault: nobody else would end this process.
  process.on("disconnect", () => process.exit());
}
