import { Client, type ClientReadableStream, credentials } from "@grpc/grpc-js";
import { answerQuestions } from "./helper-process.ts";
import type { LoaderAnswer, LoaderQuestion, Target } from "./loader.ts";

const CONNECT_MS = 10_000;
const asBytes = (bytes: Buffer): Buffer => bytes;

let clients: readonly Client[] = [];
let messages: readonly Buffer[] = [];
let nextMessage = 0;
/** Milliseconds of each call of the round. */
const took: number[] = [];
let arrivals = 0;
let arrived: () => void = () => {};

answerQuestions<LoaderQuestion, LoaderAnswer>(async (question) => {
  took.length = 0;
  const startedAt = performance.now();
  await act(question);
  const elapsedMs = performance.now() - startedAt;
  took.sort((a, b) => a - b);
  return { elapsedMs, p50Ms: took[took.length >> 1], p99Ms: took[Math.floor(took.length * 0.99)] };
});

async function act(question: LoaderQuestion): Promise<void> {
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
      return run(question.path, question.calls, question.inFlight);
    case "listen":
      return listen(question.path, Buffer.from(question.message), question.streams);
    case "tell": {
      const all = awaitArrivals(arrivals);
      await call(question.path);
      return all;
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

/** Keeps so many calls in flight until all are answered. */
async function run(path: string, calls: number, inFlight: number): Promise<void> {
  let left = calls;
  const oneAfterTheOther = async () => {
    while (left > 0) {
      left -= 1;
      await call(path);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, oneAfterTheOther));
}

function call(path: string): Promise<void> {
  const place = nextMessage++;
  const message = messages[place % messages.length];
  const client = clients[place % clients.length];
  if (message === undefined || client === undefined) throw new Error("connect and prepare come first");
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asBytes, asBytes, message, (error) => {
      took.push(performance.now() - startedAt);
      if (error) reject(error);
      else resolve();
    });
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
