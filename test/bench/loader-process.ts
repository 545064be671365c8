import { Client, type ClientReadableStream, credentials } from "@grpc/grpc-js";
import { answerQuestions } from "./helper-process.ts";
import type { LoaderAnswer, LoaderQuestion, Target } from "./loader.ts";
import { runRound } from "./run-round.ts";

const CONNECT_MS = 10_000;
const asBytes = (bytes: Buffer): Buffer => bytes;

let clients: readonly Client[] = [];
let messages: readonly Buffer[] = [];
let nextMessage = 0;
let arrivals = 0;
let arrived: () => void = () => {};

answerQuestions<LoaderQuestion, LoaderAnswer>(async (question) => {
  const startedAt = performance.now();
  const round = await act(question);
  return round ?? { elapsedMs: performance.now() - startedAt };
});

async function act(question: LoaderQuestion): Promise<LoaderAnswer | undefined> {
  switch (question.do) {
    case "connect":
      clients = await Promise.all(
        Array.from({ length: question.target.connections }, () => connect(question.target)),
      );
      return;
    case "prepare":
      messages = question.messages.map((bytes) => Buffer.from(bytes));
      nextMessage = 0;
      return;
    case "run":
      return runRound(question.calls, question.inFlight, () => call(question.path));
    case "listen":
      await listen(question.path, Buffer.from(question.message), question.streams);
      return;
    case "tell": {
      const all = awaitArrivals(arrivals);
      await call(question.path);
      await all;
      return;
    }
  }
}

function connect({ address, serverName, key, cert, ca }: Target): Promise<Client> {
  const secure = credentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(cert));
  const client = new Client(address, secure, {
    // Otherwise grpc-js gives all clients of one address the same connection.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.ssl_target_name_override": serverName,
    "grpc.max_receive_message_length": -1,
  });
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + CONNECT_MS, (error) => (error ? reject(error) : resolve(client)));
  });
}

function call(path: string): Promise<void> {
  const place = nextMessage++;
  const message = messages[place % messages.length];
  const client = clients[place % clients.length];
  if (message === undefined || client === undefined) throw new Error("connect and prepare come first");
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asBytes, asBytes, message, (error) => (error ? reject(error) : resolve()));
  });
}

async function listen(path: string, message: Buffer, streams: number): Promise<void> {
  const opened = awaitArrivals(streams);
  for (let index = 0; index < streams; index += 1) {
    const client = clients[index % clients.length];
    if (client !== undefined) count(client.makeServerStreamRequest(path, asBytes, asBytes, message));
  }
  await opened;
  arrivals = streams;
}

function count(stream: ClientReadableStream<Buffer>): void {
  stream.on("data", () => {
    waitingFor -= 1;
    if (waitingFor === 0) arrived();
  });
  stream.on("error", (error) => {
    throw error;
  });
}

let waitingFor = 0;

function awaitArrivals(count: number): Promise<void> {
  waitingFor = count;
  return new Promise((resolve) => {
    arrived = resolve;
  });
}
