import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
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

/** The TLS side of the listener: it asks for a certificate, insists on none, and decides nothing about it. */
export class TlsFront {
  readonly #options: TlsFrontOptions;
  readonly #contexts = new WeakMap<TlsMaterial, SecureContext>();
  #context: SecureContext;

  constructor(options: TlsFrontOptions) {
    this.#options = options;
    this.#context = this.#contextOf(options.material);
  }

  /** From the next handshake on. Throws where the key and the certificate do not belong together. */
  setMaterial(material: TlsMaterial): void {
    this.#context = this.#contextOf(material);
  }

  /** Rejects when the handshake fails or takes too long; the socket is destroyed by then. */
  secure(raw: Socket): Promise<TLSSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
    const socket = this.#wrap(raw);
    const cancel = this.#options.clock.after(this.#options.handshakeTimeoutMs, () =>
      socket.destroy(new Error("the TLS handshake took too long")),
    );
    let failure: Error | undefined;
    const fail = (error: Error) => {
      failure ??= error;
      raw.destroy();
    };
    socket.on("error", fail).on("_tlsError", fail);
    socket.once("close", () => {
      cancel();
      reject(failure ?? new Error("the client left during the TLS handshake"));
    });
    socket.once("secure", () => {
      cancel();
      resolve(socket);
    });
    return promise;
  }

  #wrap(raw: Socket): TLSSocket {
    const { materialForName } = this.#options;
    return new TLSSocket(raw, {
      isServer: true,
      secureContext: this.#context,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ["h2", "http/1.1"],
      SNICallback: (name, answer) => answer(null, materialForName && this.#contextFor(name)),
    });
  }

  #contextFor(name: string): SecureContext | undefined {
    const material = this.#options.materialForName?.(name);
    return material && this.#contextOf(material);
  }

  #contextOf(material: TlsMaterial): SecureContext {
    const known = this.#contexts.get(material);
    if (known !== undefined) return known;
    const context = createSecureContext({
      key: material.key,
      cert: material.cert,
      ca: [...material.clientCas],
      minVersion: "TLSv1.2",
      // Without it OpenSSL refuses to resume a session that was begun with a client certificate.
      sessionIdContext: "sallyport",
    });
    this.#contexts.set(material, context);
    return context;
  }
}
