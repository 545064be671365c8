import { X509Certificate } from "node:crypto";
import * as grpc from "@grpc/grpc-js";
import { systemClock } from "../../../kernel/clock.ts";
import type { MethodRunner, VerifyPeer } from "../index.ts";
import { Transport, type TransportOptions } from "../index.ts";
import type { KeyAndCertificate, TestCertificates } from "./certificates.ts";

/** A peer is the common name of a certificate that the CA itself issued. */
export const verifyBy =
  (caPem: string): VerifyPeer =>
  (certificates) => {
    const [leaf] = certificates ?? [];
    if (leaf === undefined) return { ok: true, peer: undefined };
    const [certificate, ca] = [new X509Certificate(leaf), new X509Certificate(caPem)];
    if (!certificate.verify(ca.publicKey))
      return { ok: false, because: "not issued by a CA of this cluster" };
    return { ok: true, peer: /CN=(.*)/.exec(certificate.subject)?.[1] };
  };

/** `await using` closes it, also where a test fails: what stays open would keep the test process alive. */
export interface OpenTransport extends AsyncDisposable {
  readonly transport: Transport;
  readonly port: number;
  /** Reasons of refused connections, in order. */
  readonly refused: string[];
  /** Resolves when a connection was refused for a reason that matches. */
  whenRefused(pattern: RegExp): Promise<string>;
  client(credentials?: KeyAndCertificate, options?: grpc.ClientOptions): TestClient;
}

export async function openTransport(
  certificates: TestCertificates,
  methods: readonly MethodRunner[],
  overrides: Partial<TransportOptions> = {},
): Promise<OpenTransport> {
  const refused: string[] = [];
  let onRefused = () => {};
  const transport = new Transport({
    tls: certificates.server,
    verifyPeer: verifyBy(certificates.ca),
    proxyMode: "unset",
    apiVersion: "18.0.0",
    clock: systemClock,
    serveHttp: (request, response, connection) => {
      response.end(JSON.stringify({ path: request.url, peer: connection.peer ?? null }));
    },
    onRefused: (because) => {
      refused.push(because);
      onRefused();
    },
    ...overrides,
  });
  transport.serve(methods);
  const port = await transport.listen(0, "127.0.0.1");
  const clients: TestClient[] = [];
  const whenRefused = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      onRefused = () => {
        const found = refused.find((reason) => pattern.test(reason));
        if (found !== undefined) resolve(found);
      };
      onRefused();
    });
  const close = async () => {
    for (const client of clients) client.close();
    await transport.stop(0);
  };
  return {
    transport,
    port,
    refused,
    whenRefused,
    client(credentials, options) {
      const client = new TestClient(port, certificates.ca, credentials, options);
      clients.push(client);
      return client;
    },
    [Symbol.asyncDispose]: close,
  };
}

export interface Answer {
  readonly bytes: Buffer | undefined;
  readonly code: number;
  readonly message: string;
  readonly header: grpc.Metadata | undefined;
  readonly trailer: grpc.Metadata | undefined;
}

type Headers = Readonly<Record<string, string>>;

const same = (bytes: Buffer): Buffer => bytes;

/** grpc-js as a client, on bytes. */
export class TestClient {
  readonly #client: grpc.Client;

  constructor(port: number, ca: string, credentials?: KeyAndCertificate, options: grpc.ClientOptions = {}) {
    const secure = grpc.credentials.createSsl(
      Buffer.from(ca),
      credentials ? Buffer.from(credentials.key) : null,
      credentials ? Buffer.from(credentials.cert) : null,
    );
    this.#client = new grpc.Client(`127.0.0.1:${port}`, secure, {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.ssl_target_name_override": "localhost",
      ...options,
    });
  }

  unary(path: string, request: Uint8Array, options: grpc.CallOptions = {}, headers: Headers = {}) {
    return new Promise<Answer>((resolve) => {
      const answer: { -readonly [K in keyof Answer]: Answer[K] } = {
        bytes: undefined,
        code: -1,
        message: "",
        header: undefined,
        trailer: undefined,
      };
      const call = this.#client.makeUnaryRequest<Buffer, Buffer>(
        path,
        same,
        same,
        Buffer.from(request),
        grpc.Metadata.fromHttp2Headers(headers),
        options,
        (_error, bytes) => {
          answer.bytes = bytes;
        },
      );
      call.on("metadata", (header: grpc.Metadata) => {
        answer.header = header;
      });
      call.on("status", (status: grpc.StatusObject) => {
        resolve({ ...answer, code: status.code, message: status.details, trailer: status.metadata });
      });
    });
  }

  stream(path: string, request: Uint8Array, headers: Headers = {}, options: grpc.CallOptions = {}) {
    const call = this.#client.makeServerStreamRequest<Buffer, Buffer>(
      path,
      same,
      same,
      Buffer.from(request),
      grpc.Metadata.fromHttp2Headers(headers),
      options,
    );
    const status = new Promise<grpc.StatusObject>((resolve) => call.once("status", resolve));
    call.on("error", () => {});
    return { call, status };
  }

  /** Both sides send; this side stays open until the test ends it. */
  exchange(path: string) {
    const call = this.#client.makeBidiStreamRequest<Buffer, Buffer>(path, same, same, new grpc.Metadata());
    const status = new Promise<grpc.StatusObject>((resolve) => call.once("status", resolve));
    call.on("error", () => {});
    return { call, status };
  }

  close(): void {
    this.#client.close();
  }
}
