import type { Socket } from "node:net";
import { createSecureContext, createServer, type SecureContext, type Server, type TLSSocket } from "node:tls";
import type { Clock } from "../../kernel/clock.ts";

/** What the server shows and whom it trusts, all PEM. */
export interface TlsMaterial {
  readonly key: string;
  /** The server's certificate; with more than one, the leaf comes first. */
  readonly cert: string;
  /**
   * CAs named in the CertificateRequest: clients pick their certificate by them. They are not what decides: that is
   * `verifyPeer`.
   */
  readonly clientCas: readonly string[];
}

export interface TlsFrontOptions {
  readonly material: TlsMaterial;
  /** Other material for a name that the client asks for (SNI); undefined = the common one. */
  readonly materialForName?: ((serverName: string) => TlsMaterial | undefined) | undefined;
  readonly handshakeTimeoutMs: number;
  readonly clock: Clock;
}

interface Handshake {
  readonly done: (socket: TLSSocket) => void;
  readonly failed: (error: Error) => void;
}

/** The TLS side of the listener: it asks for a certificate, insists on none, and decides nothing about it. */
export class TlsFront {
  readonly #options: TlsFrontOptions;
  readonly #server: Server;
  readonly #contexts = new WeakMap<TlsMaterial, SecureContext>();
  /** By the addresses of both ends: a TLS socket does not tell which TCP socket it was made from. */
  readonly #handshakes = new Map<string, Handshake>();

  constructor(options: TlsFrontOptions) {
    this.#options = options;
    this.#server = createServer({
      ...contextOptions(options.material),
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ["h2", "http/1.1"],
      // The deadline is kept here, by the clock that is handed in.
      handshakeTimeout: 0x7fffffff,
      SNICallback: (name, answer) => answer(null, this.#contextFor(name)),
    });
    this.#server.on("secureConnection", (socket) => this.#onSecure(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#onError(error, socket));
  }

  /** From the next handshake on. Throws where the key and the certificate do not belong together. */
  setMaterial(material: TlsMaterial): void {
    this.#server.setSecureContext(contextOptions(material));
  }

  /** Rejects when the handshake fails or takes too long; the socket is destroyed by then. */
  secure(raw: Socket): Promise<TLSSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
    const key = endsOf(raw);
    const fail = (error: Error) => {
      raw.destroy();
      reject(error);
    };
    const cancel = this.#options.clock.after(this.#options.handshakeTimeoutMs, () =>
      fail(new Error("the TLS handshake took too long")),
    );
    const forget = () => {
      cancel();
      this.#handshakes.delete(key);
    };
    raw.once("close", () => {
      reject(new Error("the client left during the TLS handshake"));
      forget();
    });
    this.#handshakes.set(key, { done: resolve, failed: fail });
    promise.then(forget, forget);
    this.#server.emit("connection", raw);
    return promise;
  }

  #onSecure(socket: TLSSocket): void {
    // What happens to it later is told by "close".
    socket.on("error", () => {});
    const handshake = this.#handshakes.get(endsOf(socket));
    if (handshake === undefined) socket.destroy();
    else handshake.done(socket);
  }

  #onError(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    // The text of OpenSSL differs from one time to the next, its code is the same.
    const failure = new Error(`the TLS handshake failed: ${error.code ?? "for no given reason"}`, {
      cause: error,
    });
    this.#handshakes.get(endsOf(socket))?.failed(failure);
    socket.destroy();
  }

  #contextFor(name: string): SecureContext | undefined {
    const material = this.#options.materialForName?.(name);
    return material && this.#contextOf(material);
  }

  #contextOf(material: TlsMaterial): SecureContext {
    const known = this.#contexts.get(material);
    if (known !== undefined) return known;
    const context = createSecureContext(contextOptions(material));
    this.#contexts.set(material, context);
    return context;
  }
}

const contextOptions = (material: TlsMaterial) => ({
  key: material.key,
  cert: material.cert,
  ca: [...material.clientCas],
  minVersion: "TLSv1.2" as const,
  // Without it OpenSSL refuses to resume a session that was begun with a client certificate.
  sessionIdContext: "sallyport",
});

const endsOf = (socket: Socket): string =>
  `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
