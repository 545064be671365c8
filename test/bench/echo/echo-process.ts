import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { answerQuestions } from "../helper-process.ts";
import { type EchoAnswer, echoPaths } from "./echo.ts";
import type { Side } from "./echo-material.ts";

type Call = ServerUnaryCall<Buffer, Buffer>;
type Reply = sendUnaryData<Buffer>;
type Stream = ServerWritableStream<Buffer, Buffer>;

const asBytes = (bytes: Buffer): Buffer => bytes;
const listening = new Set<Stream>();

answerQuestions<Side, EchoAnswer>(({ key, cert, ca }) => {
  // Without the statistics that the daemon does without as well.
  const server = new Server({ "grpc.max_concurrent_streams": 1000, "grpc.enable_channelz": 0 });
  server.register(echoPaths.echo, echo, asBytes, asBytes, "unary");
  server.register(echoPaths.tell, tell, asBytes, asBytes, "unary");
  server.register(echoPaths.listen, listen, asBytes, asBytes, "serverStream");
  const material = [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }];
  const secure = ServerCredentials.createSsl(Buffer.from(ca), material, true);
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", secure, (error, port) => (error ? reject(error) : resolve({ port })));
  });
});

function echo(call: Call, reply: Reply): void {
  reply(null, call.request);
}

function tell(call: Call, reply: Reply): void {
  for (const stream of listening) stream.write(call.request);
  reply(null, call.request);
}

function listen(stream: Stream): void {
  listening.add(stream);
  stream.on("cancelled", () => listening.delete(stream));
  stream.write(stream.request);
}
