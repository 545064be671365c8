import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { encodeFrame, FrameReader } from "./protocol/frames.ts";
import { type SignerReply, type SignerRequest, signerReply } from "./protocol/messages.ts";

type Question = SignerRequest extends infer R ? (R extends SignerRequest ? Omit<R, "id"> : never) : never;

/** A signer process while it lives. */
export interface SignerChild {
  readonly pid: number | undefined;
  /** Rejects where the process ends before it answers. */
  ask(question: Question): Promise<SignerReply>;
  kill(): void;
}

/** Starts one. `onEnd` is told once, after everything that was asked is refused. */
export function startSignerChild(onEnd: () => void): SignerChild {
  const child = spawnSigner();
  const waiting = new Map<number, { resolve(reply: SignerReply): void; reject(error: Error): void }>();
  let nextId = 1;
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    child.kill("SIGKILL");
    for (const { reject } of waiting.values()) reject(new Error("the signer process ended"));
    waiting.clear();
    onEnd();
  };
  const reader = new FrameReader((message) => {
    const reply = signerReply.parse(message);
    waiting.get(reply.id)?.resolve(reply);
    waiting.delete(reply.id);
  });
  const answers = child.stdio[3] as Readable;
  answers.on("data", (part: Buffer) => {
    try {
      reader.take(part);
    } catch {
      end();
    }
  });
  // Not at "exit": what it answered last is read first.
  child.on("close", end).on("error", end);
  child.stdin?.on("error", () => {});
  return {
    pid: child.pid,
    kill: () => void child.kill("SIGKILL"),
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (ended) {
          reject(new Error("the signer process ended"));
          return;
        }
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        child.stdin?.write(encodeFrame({ ...question, id }));
      }),
  };
}

function spawnSigner(): ChildProcess {
  const file = import.meta.url.endsWith(".ts") ? "./process/main.ts" : "./process/main.js";
  const flags = process.execArgv.filter((flag) => flag.startsWith("--conditions="));
  return spawn(process.execPath, [...flags, fileURLToPath(new URL(file, import.meta.url))], {
    // A module may print what it likes: nobody listens. A terminal's Ctrl-C is for the daemon, which ends this in turn.
    stdio: ["pipe", "ignore", "ignore", "pipe"],
    detached: true,
  });
}
