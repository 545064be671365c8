import { createConnection, type Socket } from "node:net";
import { AppError } from "@sallyport/api";
import type { Clock } from "../../kernel/clock.ts";
import { OpenQuestions } from "../open-questions.ts";
import { encodeFrame, FrameReader } from "../protocol/frames.ts";
import type { SignerReply } from "../protocol/messages.ts";
import type { SignerLink } from "../signer-link.ts";
import {
  HANDSHAKE_MS,
  helloMessage,
  isProof,
  MAX_HANDSHAKE_BYTES,
  newNonce,
  proofOf,
  readSecret,
  welcomeMessage,
} from "./handshake.ts";
import { checkSocketFolder } from "./socket-folder.ts";

/** Where a signer listens that was started by somebody else, and what both have to know. */
export interface ServicePlace {
  readonly socketPath: string;
  readonly secretPath: string;
}

/** For both to be started at once, and for a signer that is being restarted. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 100;

/** Looks for the signer when it is opened. `onEnd` is told once, after everything that was asked is refused. */
export function connectToSigner(
  place: ServicePlace & { readonly clock: Clock },
  onEnd: () => void,
): SignerLink {
  const questions = new OpenQuestions();
  let socket: Socket | undefined;
  let isOver = false;
  const end = () => {
    isOver = true;
    if (!questions.end()) return;
    socket?.destroy();
    onEnd();
  };
  const open = async () => {
    const secret = await readSecret(place.secretPath);
    socket = await dial(place, () => isOver);
    await introduce(socket, secret, place);
    if (isOver) throw new Error("the service is stopping");
    socket.removeAllListeners("data").removeAllListeners("close");
    socket.on("close", end).on("data", (part) => {
      try {
        questions.take(part);
      } catch {
        end();
      }
    });
    if (socket.destroyed) end();
  };
  return {
    pid: undefined,
    endWords: {
      because: "the connection to it ended",
      log: "the connection to the signer ended; it is looked for",
    },
    kill: end,
    open: () => open().then(opened, (error: unknown) => notOpened(error, socket)),
    ask: async (question) => untilNext(await questions.ask(question, (frame) => void socket?.write(frame))),
  };
}

/** Whoever starts that signer is told not to start it again; looking for the next one costs no try of a PIN. */
const untilNext = (reply: SignerReply): SignerReply =>
  !reply.ok && reply.failure === "stop" ? { ...reply, failure: "gone" } : reply;

const opened = (): SignerReply => ({ id: 0, ok: true });

function notOpened(error: unknown, socket: Socket | undefined): SignerReply {
  socket?.destroy();
  const said = error instanceof Error ? error.message : "it could not be reached";
  const hint = error instanceof AppError && error.hint !== undefined ? `; ${error.hint}` : "";
  return { id: 0, ok: false, failure: "gone", because: `${said}${hint}` };
}

async function dial(
  { socketPath, clock }: ServicePlace & { readonly clock: Clock },
  isOver: () => boolean,
): Promise<Socket> {
  // A program that only waits by its clock ends, in silence; the daemon has nothing else to do yet.
  const alive = setInterval(() => {}, PATIENCE_MS);
  try {
    for (const endAt = clock.now() + PATIENCE_MS; ; ) {
      const result = await dialOnce(socketPath);
      if (typeof result !== "string") return result;
      if (isOver() || !absent.has(result) || clock.now() >= endAt) {
        throw new Error(wordsFor(result, socketPath));
      }
      await new Promise<void>((resolve) => void clock.after(AGAIN_MS, resolve));
    }
  } finally {
    clearInterval(alive);
  }
}

/** A connection, or the code of the error. */
const dialOnce = (path: string): Promise<Socket | string> =>
  new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => resolve(socket));
    // Stays: a connection that breaks later is told by its close.
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "failed"));
  });

const absent: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "EAGAIN"]);

function wordsFor(code: string, path: string): string {
  if (absent.has(code)) return `nobody listens at ${path}: start it with "sallyport signer start"`;
  if (code === "EACCES") return `this user may not use ${path}: put it into the group of the socket`;
  return `${path} cannot be used (${code})`;
}

/** Both show that they know the secret. The socket is one of nobody's else, as its folder says. */
async function introduce(
  socket: Socket,
  secret: Buffer,
  { socketPath, secretPath, clock }: ServicePlace & { readonly clock: Clock },
): Promise<void> {
  checkSocketFolder(socketPath);
  const nonces = { daemon: newNonce(), signer: "" };
  await new Promise<void>((resolve, reject) => {
    const cancel = clock.after(HANDSHAKE_MS, () =>
      reject(new Error(`what listens at ${socketPath} is silent`)),
    );
    const settle = (failure?: string) => {
      cancel();
      if (failure === undefined) resolve();
      else reject(new Error(failure));
    };
    const reader = new FrameReader((message) => {
      if (nonces.signer === "") {
        nonces.signer = helloMessage.parse(message).nonce;
        socket.write(encodeFrame({ nonce: nonces.daemon, proof: proofOf(secret, "daemon", nonces) }));
        return;
      }
      const { proof } = welcomeMessage.parse(message);
      const isIt = isProof(proof, secret, "signer", nonces);
      settle(isIt ? undefined : `what listens at ${socketPath} does not have the secret of ${secretPath}`);
    }, MAX_HANDSHAKE_BYTES);
    socket.on("close", () => settle(`the signer hung up: its secret is not that of ${secretPath}`));
    socket.on("data", (part) => {
      try {
        reader.take(part);
      } catch {
        settle(`what listens at ${socketPath} is no signer of this version`);
      }
    });
  });
}
