import type { Socket } from "node:net";
import type * as grpc from "@grpc/grpc-js";

/** How long a connection that was told to end may take to say goodbye. */
const goodbyeMs = 300;

type SecureConnector = ReturnType<grpc.ChannelCredentials["_createSecureConnector"]>;

/**
 * The sockets of one channel, so that none outlives it. The library forgets a socket whose TLS handshake is under way
 * when the channel is closed: both sides would keep it for good, and with it this process.
 */
export class Sockets {
  readonly #open = new Set<Socket>();
  readonly #handshaking = new Set<Socket>();
  #isClosed = false;

  /** The same credentials, with every socket that they are used on known here. */
  watch(credentials: grpc.ChannelCredentials): grpc.ChannelCredentials {
    const create = credentials._createSecureConnector.bind(credentials);
    credentials._createSecureConnector = (...args) => this.#watchConnector(create(...args));
    return credentials;
  }

  /** Ends handshakes at once, and what is still open a moment later. */
  close(): void {
    this.#isClosed = true;
    for (const socket of this.#handshaking) socket.destroy();
    setTimeout(() => {
      for (const socket of this.#open) socket.destroy();
    }, goodbyeMs).unref();
  }

  #watchConnector(connector: SecureConnector): SecureConnector {
    return {
      connect: async (socket) => {
        this.#add(socket);
        const connected = await connector.connect(socket);
        this.#handshaking.delete(socket);
        return connected;
      },
      waitForReady: () => connector.waitForReady(),
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }

  #add(socket: Socket): void {
    this.#open.add(socket);
    this.#handshaking.add(socket);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#handshaking.delete(socket);
    });
    // The channel was closed while the address was still being called.
    if (this.#isClosed) socket.destroy();
  }
}
