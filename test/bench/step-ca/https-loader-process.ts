import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { answerQuestions } from "../helper-process.ts";
import type { LoaderAnswer, LoaderQuestion, Target } from "../loader.ts";

const CREATED = 201;

let target: Target | undefined;
let sessions: readonly ClientHttp2Session[] = [];
let messages: readonly Buffer[] = [];
let nextMessage = 0;
/** Milliseconds of each call of the round. */
const took: number[] = [];

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
      target = question.target;
      return;
    case "prepare":
      messages = question.messages.map((bytes) => Buffer.from(bytes));
      nextMessage = 0;
      return openSessions();
    case "run":
      return run(question.path, question.calls, question.inFlight);
    default:
      throw new Error(`step-ca has no ${question.do}`);
  }
}

/** Anew for each round: step-ca closes connections that are idle for 15 seconds. */
async function openSessions(): Promise<void> {
  if (target === undefined) throw new Error("connect comes first");
  const { address, serverName, key, cert, ca, connections } = target;
  for (const session of sessions) session.destroy();
  sessions = await Promise.all(
    Array.from({ length: connections }, async () => {
      const session = connect(`https://${address}`, { servername: serverName, key, cert, ca });
      await once(session, "remoteSettings");
      return session;
    }),
  );
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

async function call(path: string): Promise<void> {
  const place = nextMessage++;
  const message = messages[place];
  const session = sessions[place % sessions.length];
  if (message === undefined || session === undefined) throw new Error("there is one message for each call");
  const startedAt = performance.now();
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
  stream.end(message);
  let status: unknown;
  stream.on("response", (headers) => {
    status = headers[":status"];
  });
  let answer = "";
  for await (const chunk of stream.setEncoding("utf8")) answer += chunk;
  took.push(performance.now() - startedAt);
  if (status !== CREATED) throw new Error(`step-ca answered ${status}: ${answer}`);
}
