import { HelperProcess } from "../helper-process.ts";
import type { Target } from "../loader.ts";
import { makeEchoMaterial, type Side } from "./echo-material.ts";

/** Methods of the bare server. A `tell` writes its message to every stream that listens, then answers. */
export const echoPaths = { echo: "/bench.Echo/Echo", listen: "/bench.Echo/Listen", tell: "/bench.Echo/Tell" };

export interface EchoAnswer {
  readonly port: number;
}

/** The limit that calls are held against: grpc-js with mutual TLS and bytes that nobody looks at. */
export interface Echo extends AsyncDisposable {
  readonly pid: number;
  target(connections: number): Target;
}

export async function startEcho(): Promise<Echo> {
  const { server, client } = await makeEchoMaterial();
  const child = new HelperProcess<Side, EchoAnswer>("echo/echo-process.ts");
  const { port } = await child.ask(server);
  return {
    pid: child.pid,
    target: (connections) => ({
      address: `127.0.0.1:${port}`,
      serverName: "localhost",
      ...client,
      connections,
    }),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
