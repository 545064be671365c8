import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { OpenQuestions } from "./open-questions.ts";
import type { TokenPlace } from "./protocol/messages.ts";
import type { SignerLink } from "./signer-link.ts";

/** Starts a signer process. `onEnd` is told once, after everything that was asked is refused. */
export function startSignerChild(place: TokenPlace, onEnd: () => void): SignerLink {
  const child = spawnSigner();
  const questions = new OpenQuestions();
  const end = () => {
    if (!questions.end()) return;
    child.kill("SIGKILL");
    onEnd();
  };
  const answers = child.stdio[3] as Readable;
  answers.on("data", (part: Buffer) => {
    try {
      questions.take(part);
    } catch {
      end();
    }
  });
  // Not at "exit": what it answered last is read first.
  child.on("close", end).on("error", end);
  child.stdin?.on("error", () => {});
  const write = (frame: Buffer) => void child.stdin?.write(frame);
  return {
    pid: child.pid,
    endWords: { because: "its process ended", log: "the signer process ended; another one is started" },
    kill: () => void child.kill("SIGKILL"),
    open: () => questions.ask({ op: "open", place }, write),
    ask: (question) => questions.ask(question, write),
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
