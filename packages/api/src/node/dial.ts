import { connectivityState } from "@grpc/grpc-js";
import { StatusError } from "../client/transport.ts";
import { AppError } from "../errors/index.ts";
import { type Address, formatAddress } from "./address.ts";
import { type ConnectionSettings, GrpcConnection } from "./grpc-connection.ts";

/** What dialling needs beside addresses and credentials. */
export interface DialOptions extends ConnectionSettings {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const reasonTimeoutMs = 1000;

/**
 * Connects to all addresses at once; the first that is ready wins, the others are hung up. Ready means that both sides
 * have accepted each other's certificates.
 *
 * @throws AppError UNAVAILABLE with what each address answered.
 */
export async function dialFirst(
  addresses: readonly Address[],
  options: DialOptions,
): Promise<GrpcConnection> {
  const race = new AbortController();
  const stop = () => race.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    if (options.signal?.aborted) stop();
    return await Promise.any(addresses.map((address) => dial(address, options, race.signal)));
  } catch (error) {
    if (options.signal?.aborted) throw new AppError("CANCELLED", undefined, { cause: options.signal.reason });
    throw unreachable(error);
  } finally {
    options.signal?.removeEventListener("abort", stop);
    race.abort();
  }
}

async function dial(address: Address, options: DialOptions, signal: AbortSignal): Promise<GrpcConnection> {
  signal.throwIfAborted();
  const connection = new GrpcConnection(address, options);
  const hangUp = () => connection.close();
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    await whenReady(connection, Date.now() + options.timeoutMs);
    signal.throwIfAborted();
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", hangUp);
  }
}

async function whenReady(connection: GrpcConnection, deadlineAt: number): Promise<void> {
  for (;;) {
    const state = connection.channel.getConnectivityState(true);
    if (state === connectivityState.READY) return;
    if (state === connectivityState.SHUTDOWN) throw new Error("hung up");
    const where = formatAddress(connection.address);
    if (state === connectivityState.TRANSIENT_FAILURE)
      throw new Error(`${where}: ${await failureOf(connection)}`);
    const changed = await new Promise<boolean>((resolve) => {
      connection.channel.watchConnectivityState(state, deadlineAt, (error) => resolve(error === undefined));
    });
    if (!changed) throw new Error(`${where}: no answer in time`);
  }
}

/** A channel does not say why it failed, but a call on it does, without being sent. */
async function failureOf(connection: GrpcConnection): Promise<string> {
  const options = { headers: {}, signal: undefined, timeoutMs: reasonTimeoutMs };
  try {
    await connection.unary("/proto.AuthService/Ping", new Uint8Array(), options);
    return "the connection broke";
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const reason = /Last error: (?:Error: )?(.*?)\.? ?(?:Resolution note:.*)?$/s.exec(error.message)?.[1];
    return reason ?? error.message;
  }
}

function unreachable(error: unknown): AppError {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const reasons = errors.map((one) => (one instanceof Error ? one.message : String(one)));
  const hint = hints.find(({ when }) => reasons.every((reason) => when.test(reason)))?.says;
  return new AppError("UNAVAILABLE", `the auth service cannot be reached: ${reasons.join("; ")}`, {
    cause: error,
    details: hint === undefined ? {} : { hint },
  });
}

/** What OpenSSL and Node say of a server with a certificate of no authority of ours, or for another name. */
const hints = [
  {
    when: /self-signed certificate|unable to (verify|get)|certificate signature failure/i,
    says: "What answers there is not of the cluster that issued these credentials. Use that cluster's address, or credentials of this one.",
  },
  {
    when: /does not match certificate's altnames/,
    says: "What answers there has a certificate for another name: it is not an auth service, or `serverName` is not its name.",
  },
];
