import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { answerQuestions } from "../helper-process.ts";
import type { LoaderAnswer, LoaderQuestion, Target } from "../loader.ts";
import { runRound } from "../run-round.ts";

const CREATED = 201;

let target: Target | undefined;
let sessions: readonly ClientHttp2Session[] = [];
let messages: readonly Buffer[] = [];
let nextMessage = 0;

answerQuestions<LoaderQuestion, LoaderAnswer>(async (question) => {
  const startedAt = performance.now();
  const round = await act(question);
  return round ?? { elapsedMs: performance.now() - startedAt };
});

async function act(question: LoaderQuestion): Promise<LoaderAnswer | undefined> {
  switch (question.do) {
    case "connect":
      target = question.target;
      return;
    case "prepare":
      messages = question.messages.map((bytes) => Buffer.from(bytes));
      nextMessage = 0;
      await openSessions();
      return;
    case "run":
      return runRound(question.calls, question.inFlight, () => call(question.path));
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

async function call(path: string): Promise<void> {
  const place = nextMessage++;
  const message = messages[place];
  const session = sessions[place % sessions.length];
  if (message === undefined || session === undefined) throw new Error("there is one message for each call");
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
  stream.end(message);
  let status: unknown;
  stream.on("response", (headers) => {
    status = headers[":status"];
  });
  let answer = "";
  for await (const chunk of stream.setEncoding("utf8")) answer += chunk;
  if (status !== CREATED) throw new Error(`step-ca answered ${status}: ${answer}`);
}
