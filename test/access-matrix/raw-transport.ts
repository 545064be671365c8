import { create, type DescMethod, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { CredentialTexts } from "@sallyport/api/node";

/** How a call ended: the number of its gRPC status, and the text that came with it. */
export interface Outcome {
  readonly code: number;
  readonly text: string;
}

/** A connection for any caller, also those that the SDK would not let try. */
export interface RawConnection {
  /** A stream ends well with its first message: by then it is authorized. */
  call(method: DescMethod, request: MessageInitShape<DescMethod["input"]>): Promise<Outcome>;
  close(): void;
}

const OK = 0;
const DEADLINE_MS = 10_000;
const asTheyAre = (bytes: Uint8Array) => Buffer.from(bytes);

/** Without an identity the caller is anonymous. */
export function openConnection(
  address: string,
  identity: Pick<CredentialTexts, "cert" | "key"> | undefined,
  ca: string,
): RawConnection {
  const key = identity === undefined ? null : Buffer.from(identity.key);
  const cert = identity === undefined ? null : Buffer.from(identity.cert);
  const client = new Client(address, credentials.createSsl(Buffer.from(ca), key, cert), {
    // Connections are not shared, or one caller would speak with the certificate of another.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.ssl_target_name_override": "teleport.cluster.local",
  });
  return {
    call: (method, init) => {
      const path = `/${method.parent.typeName}/${method.name}`;
      const bytes = toBinary(method.input, create(method.input, init));
      return method.methodKind === "unary" ? callUnary(client, path, bytes) : openStream(client, path, bytes);
    },
    close: () => client.close(),
  };
}

const deadline = () => ({ deadline: Date.now() + DEADLINE_MS });
const outcomeOf = ({ code, details }: ServiceError): Outcome => ({ code, text: details });

function callUnary(client: Client, path: string, bytes: Uint8Array): Promise<Outcome> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, asTheyAre, asTheyAre, bytes, new Metadata(), deadline(), (error) => {
      resolve(error === null ? { code: OK, text: "" } : outcomeOf(error));
    });
  });
}

function openStream(client: Client, path: string, bytes: Uint8Array): Promise<Outcome> {
  return new Promise((resolve) => {
    const stream = client.makeServerStreamRequest(
      path,
      asTheyAre,
      asTheyAre,
      bytes,
      new Metadata(),
      deadline(),
    );
    stream.once("data", () => {
      resolve({ code: OK, text: "" });
      stream.cancel();
    });
    stream.once("end", () => resolve({ code: OK, text: "" }));
    stream.on("error", (error) => resolve(outcomeOf(error as ServiceError)));
  });
}
