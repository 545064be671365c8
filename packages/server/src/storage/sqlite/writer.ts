// The entry of the writer's thread. It answers each message with one message, in order.
import { parentPort, workerData } from "node:worker_threads";
import { GroupWriter } from "./group-writer.ts";
import type { WriterData, WriterReply, WriterRequest } from "./messages.ts";
import { unpackGroup } from "./packed-group.ts";
import { sqliteFailure } from "./sqlite-error.ts";

const port = parentPort;
if (port === null) throw new Error("the writer runs in a worker thread only");

const writer = new GroupWriter(workerData as WriterData);
const answer = (reply: WriterReply) => port.postMessage(reply);

port.on("message", (request: WriterRequest) => {
  try {
    answer(handle(request));
  } catch (error) {
    answer({ kind: "failed", failure: sqliteFailure(error) });
    return;
  }
  if (request.kind === "close") port.close();
  else writer.checkpointIfDue();
});
answer({ kind: "ready" });

function handle(request: WriterRequest): WriterReply {
  switch (request.kind) {
    case "group":
      return writer.writeGroup(unpackGroup(request.commits), request.now);
    case "sweep":
      return writer.sweep(request.now, request.limit);
    case "prune":
      return writer.prune(request.before, request.keep, request.limit);
    case "purge":
      return writer.purge();
    case "diagnose":
      return { kind: "diagnose", diagnostics: writer.diagnose() };
    case "close":
      writer.close();
      return { kind: "closed" };
  }
}
