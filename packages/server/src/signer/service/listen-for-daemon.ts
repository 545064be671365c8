import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { AppError } from "@sallyport/api";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import { answerRequest, isTheEnd, replyTo } from "../process/answer-request.ts";
import { encodeFrame, FrameReader } from "../protocol/frames.ts";
import type { SignerFailure, SignerReply, SignerRequest } from "../protocol/messages.ts";
import type { Token } from "../token/token.ts";
import { TokenError } from "../token/token-error.ts";
import { HANDSHAKE_MS, isProof, MAX_HANDSHAKE_BYTES, newNonce, proofMessage, proofOf } from "./handshake.ts";
import { SignerConnections } from "./signer-connections.ts";
import { checkSocketFolder } from "./socket-folder.ts";

export interface SignerListener {
  readonly socketPath: string;
  readonly secret: Buffer;
  readonly token: Token;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The token is not to be relied on any more, and neither is this process. */
  onBroken(failure: SignerFailure): void;
}

/**
 * Answers on a Unix socket. Two things keep others out, because whoever is let in can have certificates signed. The
 * folder of the socket lets in its owner and its group alone, which the system enforces. And each side proves that it
 * knows a secret that only the two users can read: the system would tell who the peer is, but not to a program of Node,
 * and other programs may be in the group. It is a proof by each side for the connection and not for each message: who
 * can get in between has to replace the socket in its folder, so is the signer's own user or root, who have the PIN.
 */
export async function listenForDaemon(setup: SignerListener): Promise<{ close(): Promise<void> }> {
  const { socketPath } = setup;
  checkSocketFolder(socketPath, ownUid());
  await removeStale(socketPath);
  const connections = new SignerConnections(setup);
  const serve = servingWith(setup, connections);
  const server = createServer((socket) => {
    connections.add(socket);
    serve(socket);
  });
  await listen(server, socketPath);
  // The folder is closed to others, so nobody is too early.
  chmodSync(socketPath, 0o660);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        connections.destroy();
      }),
  };
}

function servingWith(
  { token, secret, clock, logger, onBroken }: SignerListener,
  connections: SignerConnections,
): (socket: Socket) => void {
  let broken: SignerFailure | undefined;
  const answer = (request: SignerRequest): SignerReply | Promise<SignerReply> => {
    if (broken !== undefined) throw new TokenError("gone", "the signer is ending");
    if (request.op !== "open") return answerRequest(token, request, clock.now());
    // Which module is loaded here is not for the other side to say.
    throw new TokenError("refused", "this signer has opened its own token");
  };
  const tell = (socket: Socket, reply: SignerReply) => {
    if (isTheEnd(reply)) broken ??= reply.failure;
    socket.write(encodeFrame(reply), () => void (broken && onBroken(broken)));
  };
  return (socket) => {
    const nonces = { signer: newNonce(), daemon: "" };
    let isKnown = false;
    const cancel = clock.after(HANDSHAKE_MS, () => void (isKnown || socket.destroy()));
    const reader = new FrameReader((message) => {
      if (isKnown) {
        void replyTo(message, answer).then((reply) => tell(socket, reply));
        return;
      }
      const shown = proofMessage.parse(message);
      nonces.daemon = shown.nonce;
      if (!isProof(shown.proof, secret, "daemon", nonces)) throw new Error("it does not know the secret");
      if (!connections.prove(socket)) {
        logger.warn("too many daemons are connected to the signer; one was hung up on");
        socket.destroy();
        return;
      }
      isKnown = true;
      reader.trust();
      socket.write(encodeFrame({ proof: proofOf(secret, "signer", nonces) }));
      logger.info("a daemon has connected");
    }, MAX_HANDSHAKE_BYTES);
    socket.on("error", () => {}).on("close", cancel);
    socket.on("data", (part) => {
      try {
        if (!socket.destroyed) reader.take(part);
      } catch {
        const why = isKnown ? "it sent what is no request" : "it did not show that it knows the secret";
        logger.warn("a connection to the signer was refused", { why });
        socket.destroy();
      }
    });
    socket.write(encodeFrame({ nonce: nonces.signer }));
  };
}

const ownUid = (): readonly number[] | undefined => {
  const uid = process.geteuid?.();
  return uid === undefined ? undefined : [uid];
};

/** What is left of a signer that was killed; never one that listens. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new AppError("BAD_PARAMETER", `${path} is there, and is no socket`);
  const isAnswered = await new Promise<boolean>((resolve) => {
    const socket = createConnection(path, () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
  if (isAnswered) throw new AppError("BAD_PARAMETER", `another signer listens at ${path} already`);
  unlinkSync(path);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why = `the signer cannot listen at ${path} (${cause.code ?? "failed"})`;
      reject(new AppError("BAD_PARAMETER", why, { cause }));
    });
    server.listen(path, resolve);
  });
}
